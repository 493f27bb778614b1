-- A helpdesk as firms have it: what the page "connect your CRM" is followed on. Plain SQL for every database.
CREATE TABLE agents (id integer PRIMARY KEY, login varchar(40) NOT NULL, name varchar(80) NOT NULL,
                     email varchar(120), team varchar(40), manager_id integer);
CREATE TABLE companies (id integer PRIMARY KEY, code varchar(20) NOT NULL, name varchar(120) NOT NULL,
                        industry varchar(60), created_at timestamp NOT NULL);
CREATE TABLE tickets (id integer PRIMARY KEY, number varchar(20) NOT NULL, company_id integer,
                      agent_id integer, category varchar(40), priority varchar(20), status varchar(20) NOT NULL,
                      channel varchar(20), subject varchar(200), created_at timestamp NOT NULL,
                      first_reply_at timestamp NULL, resolved_at timestamp NULL, closed_at timestamp NULL);
INSERT INTO agents VALUES
  (1, 'zhao', 'Zhao Min', 'zhao@helpdesk.example', 'desk', 3),
  (2, 'qian', 'Qian Li', 'qian@helpdesk.example', 'desk', 3),
  (3, 'sun', 'Sun Tao', 'sun@helpdesk.example', 'desk', NULL);
INSERT INTO companies VALUES
  (1, 'C-001', 'Blue Harbour', 'logistics', '2025-03-01 02:00:00'),
  (2, 'C-002', 'North Mill', NULL, '2025-06-12 02:00:00'),
  (3, 'C-003', 'Old Bridge', 'retail', '2026-01-20 02:00:00');
INSERT INTO tickets VALUES
  (101, 'T-101', 1, 1, 'Question', 'P3', 'closed', 'email', 'a', '2026-10-12 01:00:00', '2026-10-12 01:10:00', '2026-10-12 02:30:00', '2026-10-13 01:00:00'),
  (102, 'T-102', 1, 2, 'Question', 'P3', 'closed', 'phone', 'b', '2026-10-12 01:00:00', '2026-10-12 01:15:00.000001', '2026-10-12 02:30:00', '2026-10-13 01:00:00'),
  (103, 'T-103', 2, 1, 'Technical', 'P2', 'closed', 'email', 'c', '2026-10-13 01:00:00', '2026-10-13 01:20:00', '2026-10-13 05:00:00', '2026-10-14 01:00:00'),
  (104, 'T-104', 2, 2, 'Technical', 'P2', 'closed', 'chat', 'd', '2026-10-13 01:00:00', '2026-10-13 01:20:00', '2026-10-13 05:00:01', '2026-10-14 01:00:00'),
  (105, 'T-105', 3, 1, 'Complaint', 'P1', 'closed', 'phone', 'e', '2026-10-14 01:00:00', '2026-10-14 01:05:00', '2026-10-15 00:00:00', '2026-10-15 02:00:00'),
  (106, 'T-106', 3, 2, 'Outage', 'P1', 'closed', 'phone', 'f', '2026-10-15 01:00:00', '2026-10-15 01:03:00', '2026-10-15 01:40:00', '2026-10-15 06:00:00'),
  (107, 'T-107', 1, 1, 'Other', 'P4', 'closed', 'email', 'g', '2026-10-16 01:00:00', '2026-10-16 01:05:00', '2026-10-16 02:00:00', '2026-10-16 06:00:00'),
  (108, 'T-108', 2, NULL, NULL, 'P3', 'open', 'email', 'h', '2026-10-30 01:00:00', NULL, NULL, NULL);
