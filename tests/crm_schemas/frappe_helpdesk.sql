-- The tables of Frappe Helpdesk (July 2026) that the mapping `frappe_helpdesk` reads, made by hand from its documented fields.
-- Stamps are local time of the site (Asia/Shanghai), as Frappe stores them.
CREATE TABLE `tabHD Customer` (name VARCHAR(140) PRIMARY KEY, creation DATETIME(6), customer_name VARCHAR(140), domain VARCHAR(140));
CREATE TABLE `tabHD Agent` (name VARCHAR(140) PRIMARY KEY, user VARCHAR(140), agent_name VARCHAR(140), is_active INTEGER);
CREATE TABLE `tabHD Team` (name VARCHAR(140) PRIMARY KEY, team_name VARCHAR(140));
CREATE TABLE `tabHD Ticket` (name BIGINT PRIMARY KEY, creation DATETIME(6), modified DATETIME(6), owner VARCHAR(140), subject VARCHAR(140),
  status VARCHAR(140), priority VARCHAR(140), ticket_type VARCHAR(140), agent_group VARCHAR(140), customer VARCHAR(140), contact VARCHAR(140),
  via_customer_portal INTEGER, email_account VARCHAR(140), first_responded_on DATETIME(6), resolution_date DATETIME(6), _assign TEXT);
CREATE TABLE `tabCommunication` (name VARCHAR(140) PRIMARY KEY, owner VARCHAR(140), communication_type VARCHAR(140), sent_or_received VARCHAR(140),
  communication_date DATETIME(6), reference_doctype VARCHAR(140), reference_name VARCHAR(140));
CREATE TABLE `tabVersion` (name VARCHAR(140) PRIMARY KEY, creation DATETIME(6), owner VARCHAR(140), ref_doctype VARCHAR(140), docname VARCHAR(140), data TEXT);

INSERT INTO `tabHD Customer` VALUES ('a1', '2026-01-05 09:00:00', 'Heng Tai', 'hengtai.example.com');
INSERT INTO `tabHD Agent` VALUES ('u1', 'u1', 'Li Na', 1), ('u2', 'u2', 'Wu Gang', 1);
INSERT INTO `tabHD Team` VALUES ('t1', 'Service desk'), ('t2', 'Second line');
INSERT INTO `tabHD Ticket` (name, creation, status, ticket_type, agent_group, customer, via_customer_portal, first_responded_on, resolution_date, _assign) VALUES
  (1, '2026-10-12 09:00:00', 'Closed', 'Question', 't1', 'a1', 1, '2026-10-12 09:10:00', '2026-10-12 10:30:00', '["u1"]'),
  (2, '2026-10-12 09:00:00', 'Closed', 'Question', 't1', 'a1', 0, '2026-10-12 09:15:00', '2026-10-12 11:00:00', '["u1"]'),
  (3, '2026-10-12 09:00:00', 'Closed', 'Question', 't1', 'a1', 0, '2026-10-12 09:15:01', '2026-10-12 11:00:01', '["u1"]'),
  (4, '2026-10-13 10:00:00', 'Closed', 'Bug', 't1', 'a1', 0, '2026-10-13 10:20:00', '2026-10-13 13:00:00', '["u1", "u2"]'),
  (5, '2026-10-13 10:00:00', 'Replied', 'Incident', 't1', 'a1', 0, '2026-10-13 10:04:00', NULL, '["u1"]'),
  (6, '2026-10-13 10:00:00', 'Closed', 'Incident', 't1', 'a1', 0, '2026-10-13 10:10:00', '2026-10-14 13:00:00', '["u1"]'),
  (7, '2026-10-13 10:00:00', 'Closed', 'Bug', 't1', 'a1', 0, '2026-10-13 10:10:00', '2026-10-13 13:30:00', '["u1"]'),
  (10, '2026-10-14 09:00:00', 'Open', 'Spare parts', 't1', 'a1', 0, NULL, NULL, '["u1"]'),
  (11, '2026-10-14 09:00:00', 'Open', 'Unspecified', 't1', 'a1', 0, NULL, NULL, '["u1"]'),
  (12, '2026-10-31 23:50:00', 'Open', 'Question', 't2', NULL, 0, NULL, NULL, '["u2"]'),
  (13, '2026-10-15 09:00:00', 'Closed', 'Question', 't1', 'a1', 0, '2026-10-15 09:05:00', '2026-10-15 09:30:00', '["u1"]');
INSERT INTO `tabCommunication` VALUES ('m01', 'u1', 'Communication', 'Sent', '2026-10-12 09:10:00', 'HD Ticket', '1'),
  ('m02', 'u1', 'Communication', 'Sent', '2026-10-12 09:15:00', 'HD Ticket', '2'), ('m03', 'u1', 'Communication', 'Sent', '2026-10-12 09:15:01', 'HD Ticket', '3'),
  ('m3r', 'client', 'Communication', 'Received', '2026-10-12 09:01:00', 'HD Ticket', '3'), ('m4a', 'Administrator', 'Automated Message', 'Sent', '2026-10-13 10:01:00', 'HD Ticket', '4'),
  ('m04', 'u1', 'Communication', 'Sent', '2026-10-13 10:20:00', 'HD Ticket', '4'), ('m06', 'u1', 'Communication', 'Sent', '2026-10-13 10:10:00', 'HD Ticket', '6'),
  ('m07', 'u2', 'Communication', 'Sent', '2026-10-13 10:10:00', 'HD Ticket', '7'), ('m13', 'u1', 'Comment', 'Sent', '2026-10-15 09:05:00', 'HD Ticket', '13'),
  ('mxx', 'u1', 'Communication', 'Sent', '2026-10-13 10:05:00', 'Contact', '5');
INSERT INTO `tabVersion` VALUES
  ('v01', '2026-10-12 10:30:00', 'u1', 'HD Ticket', '1', '{"added":[],"changed":[["status","Open","Closed"]],"removed":[],"row_changed":[]}'),
  ('v02', '2026-10-12 11:00:00', 'u1', 'HD Ticket', '2', '{"changed":[["status","Open","Closed"]]}'),
  ('v03', '2026-10-12 11:00:01', 'u1', 'HD Ticket', '3', '{"changed":[["priority","Medium","High"],["status","Open","Closed"]]}'),
  ('v04', '2026-10-13 13:00:00', 'u1', 'HD Ticket', '4', '{"changed":[["status","Open","Closed"]]}'),
  ('v05', '2026-10-13 10:04:00', 'u1', 'HD Ticket', '5', '{"changed":[["status","Open","Replied"]]}'),
  ('v06', '2026-10-13 11:00:00', 'u1', 'HD Ticket', '6', '{"changed":[["status","Open","Closed"]]}'),
  ('v6r', '2026-10-14 11:00:00', 'client', 'HD Ticket', '6', '{"changed":[["status","Closed","Open"]]}'),
  ('v6a', '2026-10-14 13:00:00', 'u1', 'HD Ticket', '6', '{"changed":[["status","Open","Closed"]]}'),
  ('v07', '2026-10-13 11:00:00', 'u1', 'HD Ticket', '7', '{"changed":[["status","Open","Replied"]]}'),
  ('v7b', '2026-10-13 12:00:00', 'client', 'HD Ticket', '7', '{"changed":[["status","Replied","Open"]]}'),
  ('v7c', '2026-10-13 13:30:00', 'u1', 'HD Ticket', '7', '{"changed":[["status","Open","Closed"]]}'),
  ('v12', '2026-10-31 23:55:00', 'u1', 'HD Ticket', '12', '{"changed":[["agent_group","t1","t2"]]}'),
  ('v13', '2026-10-15 09:30:00', 'u1', 'HD Ticket', '13', '{"changed":[["status","Open","Closed"]]}'),
  ('vxx', '2026-10-15 09:30:00', 'u1', 'Contact', '13', '{"changed":[["status","Open","Passive"]]}');
