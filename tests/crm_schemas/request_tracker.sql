-- The tables of Request Tracker 5 that the mapping `request_tracker` reads, made by hand from its documented columns; stamps in UTC.
CREATE TABLE Users (id INTEGER PRIMARY KEY, Name VARCHAR(200), EmailAddress VARCHAR(120), Organization VARCHAR(200), RealName VARCHAR(120));
CREATE TABLE Groups (id INTEGER PRIMARY KEY, Name VARCHAR(200), Domain VARCHAR(64), Instance INTEGER);
CREATE TABLE GroupMembers (id INTEGER PRIMARY KEY, GroupId INTEGER, MemberId INTEGER);
CREATE TABLE Queues (id INTEGER PRIMARY KEY, Name VARCHAR(200), Lifecycle VARCHAR(32));
CREATE TABLE Tickets (id INTEGER PRIMARY KEY, EffectiveId INTEGER, Queue INTEGER, Type VARCHAR(16), Owner INTEGER, Subject VARCHAR(200), Status VARCHAR(64),
  SLA VARCHAR(64), Told TIMESTAMP, Started TIMESTAMP, Due TIMESTAMP, Resolved TIMESTAMP, Created TIMESTAMP);
CREATE TABLE Transactions (id INTEGER PRIMARY KEY, ObjectType VARCHAR(255), ObjectId INTEGER, Type VARCHAR(20), Field VARCHAR(40), OldValue VARCHAR(255),
  NewValue VARCHAR(255), Creator INTEGER, Created TIMESTAMP);
CREATE TABLE CustomFields (id INTEGER PRIMARY KEY, Name VARCHAR(200), LookupType VARCHAR(255), Disabled INTEGER);
CREATE TABLE ObjectCustomFieldValues (id INTEGER PRIMARY KEY, CustomField INTEGER, ObjectType VARCHAR(255), ObjectId INTEGER, Content VARCHAR(255), Disabled INTEGER);

INSERT INTO Users VALUES (1, 'RT_System', NULL, NULL, NULL), (6, 'Nobody', NULL, NULL, NULL), (21, 'u1', 'li.na@example.com', NULL, 'Li Na'),
  (22, 'u2', 'wu.gang@example.com', NULL, 'Wu Gang'), (31, 'client', 'client@example.com', 'a1', 'Client');
INSERT INTO Groups VALUES (3, 'Privileged', 'SystemInternal', NULL), (4, 'Unprivileged', 'SystemInternal', NULL), (101, 'Requestor', 'RT::Ticket-Role', 1),
  (102, 'Requestor', 'RT::Ticket-Role', 2), (103, 'Requestor', 'RT::Ticket-Role', 3), (104, 'Requestor', 'RT::Ticket-Role', 4), (105, 'Requestor', 'RT::Ticket-Role', 5),
  (106, 'Requestor', 'RT::Ticket-Role', 6), (107, 'Requestor', 'RT::Ticket-Role', 7), (108, 'Requestor', 'RT::Ticket-Role', 8), (110, 'Requestor', 'RT::Ticket-Role', 10),
  (111, 'Requestor', 'RT::Ticket-Role', 11), (113, 'Requestor', 'RT::Ticket-Role', 13), (201, 'AdminCc', 'RT::Ticket-Role', 12);
INSERT INTO GroupMembers VALUES (1, 3, 21), (2, 3, 22), (3, 3, 1), (4, 3, 6), (5, 4, 31), (11, 101, 31), (12, 102, 31), (13, 103, 31), (14, 104, 31), (15, 105, 31),
  (16, 106, 31), (17, 107, 31), (18, 108, 31), (20, 110, 31), (21, 111, 31), (23, 113, 31), (24, 201, 31);
INSERT INTO Queues VALUES (1, 'General', 'default');
INSERT INTO Tickets (id, EffectiveId, Queue, Type, Owner, Status, Told, Started, Resolved, Created) VALUES
  (1, 1, 1, 'ticket', 21, 'resolved', NULL, NULL, '2026-10-12 02:30:00', '2026-10-12 01:00:00'),
  (2, 2, 1, 'ticket', 21, 'resolved', NULL, NULL, '2026-10-12 03:00:00', '2026-10-12 01:00:00'),
  (3, 3, 1, 'ticket', 21, 'resolved', NULL, NULL, '2026-10-12 03:00:01', '2026-10-12 01:00:00'),
  (4, 4, 1, 'ticket', 21, 'resolved', NULL, NULL, '2026-10-13 05:00:00', '2026-10-13 02:00:00'),
  (5, 5, 1, 'ticket', 21, 'open', '2026-10-13 02:04:00', '2026-10-13 02:04:00', NULL, '2026-10-13 02:00:00'),
  (6, 6, 1, 'ticket', 21, 'resolved', NULL, NULL, '2026-10-14 05:00:00', '2026-10-13 02:00:00'),
  (7, 7, 1, 'ticket', 21, 'resolved', NULL, NULL, '2026-10-13 05:30:00', '2026-10-13 02:00:00'),
  (8, 4, 1, 'ticket', 21, 'resolved', NULL, NULL, '2026-10-13 02:30:00', '2026-10-13 02:00:00'),
  (9, 9, 1, 'ticket', 21, 'deleted', NULL, NULL, NULL, '2026-10-13 02:00:00'),
  (10, 10, 1, 'ticket', 21, 'new', NULL, NULL, NULL, '2026-10-14 01:00:00'),
  (11, 11, 1, 'ticket', 21, 'new', NULL, NULL, NULL, '2026-10-14 01:00:00'),
  (12, 12, 1, 'ticket', 22, 'open', NULL, NULL, NULL, '2026-10-31 15:50:00'),
  (13, 13, 1, 'ticket', 21, 'resolved', NULL, NULL, '2026-10-15 01:30:00', '2026-10-15 01:00:00'),
  (14, 14, 1, 'reminder', 21, 'new', NULL, NULL, NULL, '2026-10-15 01:00:00');
INSERT INTO CustomFields VALUES (1, 'Service type', 'RT::Queue-RT::Ticket', 0), (2, 'Site', 'RT::Queue-RT::Ticket', 0);
INSERT INTO ObjectCustomFieldValues VALUES (1, 1, 'RT::Ticket', 1, 'General inquiry', 0), (2, 1, 'RT::Ticket', 2, 'General inquiry', 0),
  (3, 1, 'RT::Ticket', 3, 'General inquiry', 0), (4, 1, 'RT::Ticket', 4, 'Technical support', 0), (5, 1, 'RT::Ticket', 5, 'Technical support', 0),
  (6, 1, 'RT::Ticket', 6, 'Technical support', 0), (7, 1, 'RT::Ticket', 7, 'Technical support', 0), (8, 1, 'RT::Ticket', 8, 'Technical support', 0),
  (10, 1, 'RT::Ticket', 10, 'Spare parts', 0), (12, 1, 'RT::Ticket', 12, 'General inquiry', 0), (13, 1, 'RT::Ticket', 13, 'General inquiry', 0),
  (20, 1, 'RT::Ticket', 4, 'Complaint', 1), (21, 2, 'RT::Ticket', 1, 'Shanghai', 0);
INSERT INTO Transactions VALUES
  (1, 'RT::Ticket', 1, 'Create', NULL, NULL, NULL, 31, '2026-10-12 01:00:00'),
  (2, 'RT::Ticket', 1, 'Correspond', NULL, NULL, NULL, 21, '2026-10-12 01:10:00'),
  (3, 'RT::Ticket', 2, 'Correspond', NULL, NULL, NULL, 21, '2026-10-12 01:15:00'),
  (4, 'RT::Ticket', 3, 'Correspond', NULL, NULL, NULL, 31, '2026-10-12 01:05:00'),
  (5, 'RT::Ticket', 3, 'Correspond', NULL, NULL, NULL, 21, '2026-10-12 01:15:01'),
  (6, 'RT::Ticket', 1, 'Status', 'Status', 'new', 'resolved', 21, '2026-10-12 02:30:00'),
  (7, 'RT::Ticket', 2, 'Status', 'Status', 'new', 'resolved', 21, '2026-10-12 03:00:00'),
  (8, 'RT::Ticket', 3, 'Status', 'Status', 'new', 'resolved', 21, '2026-10-12 03:00:01'),
  (9, 'RT::Ticket', 4, 'Correspond', NULL, NULL, NULL, 1, '2026-10-13 02:01:00'),
  (10, 'RT::Ticket', 4, 'Correspond', NULL, NULL, NULL, 21, '2026-10-13 02:20:00'),
  (11, 'RT::Ticket', 4, 'Status', 'Status', 'new', 'resolved', 21, '2026-10-13 05:00:00'),
  (12, 'RT::Ticket', 5, 'Status', 'Status', 'new', 'open', 21, '2026-10-13 02:04:00'),
  (13, 'RT::Ticket', 6, 'Correspond', NULL, NULL, NULL, 21, '2026-10-13 02:10:00'),
  (14, 'RT::Ticket', 6, 'Status', 'Status', 'new', 'resolved', 21, '2026-10-13 03:00:00'),
  (15, 'RT::Ticket', 6, 'Status', 'Status', 'resolved', 'open', 31, '2026-10-14 03:00:00'),
  (16, 'RT::Ticket', 6, 'Status', 'Status', 'open', 'resolved', 21, '2026-10-14 05:00:00'),
  (17, 'RT::Ticket', 7, 'Correspond', NULL, NULL, NULL, 22, '2026-10-13 02:10:00'),
  (18, 'RT::Ticket', 7, 'Status', 'Status', 'new', 'stalled', 21, '2026-10-13 03:00:00'),
  (19, 'RT::Ticket', 7, 'Status', 'Status', 'stalled', 'open', 31, '2026-10-13 04:00:00'),
  (20, 'RT::Ticket', 7, 'Status', 'Status', 'open', 'resolved', 21, '2026-10-13 05:30:00'),
  (21, 'RT::Ticket', 8, 'Status', 'Status', 'new', 'resolved', 21, '2026-10-13 02:30:00'),
  (22, 'RT::Ticket', 9, 'Status', 'Status', 'new', 'deleted', 21, '2026-10-13 02:30:00'),
  (23, 'RT::Ticket', 12, 'Set', 'Owner', '21', '22', 21, '2026-10-31 15:55:00'),
  (24, 'RT::Ticket', 12, 'Status', 'Status', 'new', 'open', 21, '2026-10-31 15:55:00'),
  (25, 'RT::Ticket', 13, 'Comment', NULL, NULL, NULL, 21, '2026-10-15 01:05:00'),
  (26, 'RT::Ticket', 13, 'Status', 'Status', 'new', 'resolved', 21, '2026-10-15 01:30:00'),
  (27, 'RT::Queue', 1, 'Set', 'Status', 'a', 'b', 21, '2026-10-15 01:30:00'),
  (28, 'RT::Ticket', 5, 'CustomField', '1', 'General inquiry', 'Technical support', 21, '2026-10-13 02:06:00'),
  (29, 'RT::Ticket', 5, 'CustomField', '2', 'Beijing', 'Shanghai', 21, '2026-10-13 02:06:00');
