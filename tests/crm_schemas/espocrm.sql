-- The tables of EspoCRM 10 that the mapping `espocrm` reads, made by hand from its documented fields; stamps in UTC.
CREATE TABLE account (id VARCHAR(17) PRIMARY KEY, name VARCHAR(249), industry VARCHAR(255), created_at DATETIME,
  assigned_user_id VARCHAR(17), deleted TINYINT(1));
CREATE TABLE `user` (id VARCHAR(17) PRIMARY KEY, user_name VARCHAR(50), type VARCHAR(24), first_name VARCHAR(100), last_name VARCHAR(100),
  title VARCHAR(100), default_team_id VARCHAR(17), is_active TINYINT(1), deleted TINYINT(1));
CREATE TABLE email_address (id VARCHAR(17) PRIMARY KEY, name VARCHAR(249), deleted TINYINT(1));
CREATE TABLE entity_email_address (id INTEGER PRIMARY KEY, entity_id VARCHAR(17), entity_type VARCHAR(100), email_address_id VARCHAR(17),
  `primary` TINYINT(1), deleted TINYINT(1));
CREATE TABLE team (id VARCHAR(17) PRIMARY KEY, name VARCHAR(100), deleted TINYINT(1));
CREATE TABLE entity_team (id INTEGER PRIMARY KEY, entity_id VARCHAR(17), entity_type VARCHAR(100), team_id VARCHAR(17), deleted TINYINT(1));
CREATE TABLE `case` (id VARCHAR(17) PRIMARY KEY, name VARCHAR(249), number INTEGER, status VARCHAR(255), priority VARCHAR(255), type VARCHAR(255),
  description TEXT, account_id VARCHAR(17), assigned_user_id VARCHAR(17), created_at DATETIME, modified_at DATETIME, deleted TINYINT(1));
CREATE TABLE email (id VARCHAR(17) PRIMARY KEY, status VARCHAR(255), date_sent DATETIME, parent_id VARCHAR(17), parent_type VARCHAR(100),
  created_by_id VARCHAR(17), deleted TINYINT(1));
CREATE TABLE `call` (id VARCHAR(17) PRIMARY KEY, status VARCHAR(255), direction VARCHAR(255), date_start DATETIME, date_end DATETIME,
  parent_id VARCHAR(17), parent_type VARCHAR(100), deleted TINYINT(1));
CREATE TABLE note (id VARCHAR(17) PRIMARY KEY, number INTEGER, type VARCHAR(24), data TEXT, post TEXT, parent_id VARCHAR(17), parent_type VARCHAR(100),
  created_at DATETIME, created_by_id VARCHAR(17), deleted TINYINT(1));

INSERT INTO account VALUES ('a1', 'Heng Tai', 'Electronics', '2026-01-05 01:00:00', 'u2', 0), ('a2', 'Gone', NULL, '2026-01-05 01:00:00', NULL, 1);
INSERT INTO `user` VALUES ('u1', 'li.na', 'regular', 'Na', 'Li', 'Agent', 't1', 1, 0), ('u2', 'wu.gang', 'admin', 'Gang', 'Wu', 'Supervisor', 't1', 1, 0),
  ('p1', 'client', 'portal', 'C', 'L', NULL, NULL, 1, 0), ('system', 'system', 'system', '', 'System', NULL, NULL, 1, 0);
INSERT INTO email_address VALUES ('e1', 'li.na@example.com', 0);
INSERT INTO entity_email_address VALUES (1, 'u1', 'User', 'e1', 1, 0);
INSERT INTO team VALUES ('t1', 'Service desk', 0);
INSERT INTO entity_team VALUES (1, 'c01', 'Case', 't1', 0);
INSERT INTO `case` (id, number, status, type, account_id, assigned_user_id, created_at, deleted) VALUES
  ('c01', 1, 'Closed', 'Question', 'a1', 'u1', '2026-10-12 01:00:00', 0),
  ('c02', 2, 'Closed', 'Question', 'a1', 'u1', '2026-10-12 01:00:00', 0),
  ('c03', 3, 'Closed', 'Question', 'a1', 'u1', '2026-10-12 01:00:00', 0),
  ('c04', 4, 'Closed', 'Problem', 'a1', 'u1', '2026-10-13 02:00:00', 0),
  ('c05', 5, 'Assigned', 'Incident', 'a1', 'u1', '2026-10-13 02:00:00', 0),
  ('c06', 6, 'Closed', 'Incident', 'a1', 'u1', '2026-10-13 02:00:00', 0),
  ('c07', 7, 'Closed', 'Problem', 'a1', 'u1', '2026-10-13 02:00:00', 0),
  ('c08', 8, 'Duplicate', 'Problem', 'a1', 'u1', '2026-10-13 02:00:00', 0),
  ('c09', 9, 'New', 'Question', 'a1', 'u1', '2026-10-13 02:00:00', 1),
  ('c10', 10, 'New', 'Spare parts', 'a1', 'u1', '2026-10-14 01:00:00', 0),
  ('c11', 11, 'New', '', 'a1', 'u1', '2026-10-14 01:00:00', 0),
  ('c12', 12, 'Assigned', 'Question', NULL, 'u2', '2026-10-31 15:50:00', 0),
  ('c13', 13, 'Closed', 'Question', 'a1', 'u1', '2026-10-15 01:00:00', 0);
INSERT INTO email VALUES ('m01', 'Sent', '2026-10-12 01:10:00', 'c01', 'Case', 'u1', 0), ('m02', 'Sent', '2026-10-12 01:15:00', 'c02', 'Case', 'u1', 0),
  ('m03', 'Sent', '2026-10-12 01:15:01', 'c03', 'Case', 'u1', 0), ('m3d', 'Sent', '2026-10-12 01:05:00', 'c03', 'Case', 'u1', 1),
  ('m04', 'Sent', '2026-10-13 02:01:00', 'c04', 'Case', 'system', 0), ('m05', 'Archived', '2026-10-13 02:02:00', 'c05', 'Case', 'u1', 0),
  ('m06', 'Sent', '2026-10-13 02:10:00', 'c06', 'Case', 'u1', 0), ('m07', 'Sent', '2026-10-13 02:10:00', 'c07', 'Case', 'u2', 0),
  ('m13', 'Draft', '2026-10-15 01:01:00', 'c13', 'Case', 'u1', 0);
INSERT INTO `call` VALUES ('k04', 'Held', 'Outbound', '2026-10-13 02:20:00', '2026-10-13 02:25:00', 'c04', 'Case', 0),
  ('k5i', 'Held', 'Inbound', '2026-10-13 02:05:00', '2026-10-13 02:08:00', 'c05', 'Case', 0),
  ('k5p', 'Planned', 'Outbound', '2026-10-13 02:10:00', '2026-10-13 02:15:00', 'c05', 'Case', 0);
INSERT INTO note (id, number, type, data, parent_id, parent_type, created_at, created_by_id, deleted) VALUES
  ('n001', 1, 'Create', '{"assignedUserId":"u1","statusValue":"New"}', 'c01', 'Case', '2026-10-12 01:00:00', 'p1', 0),
  ('n002', 2, 'Create', '{"assignedUserId":"u1","statusValue":"New"}', 'c02', 'Case', '2026-10-12 01:00:00', 'p1', 0),
  ('n003', 3, 'Create', '{"assignedUserId":"u1","statusValue":"New"}', 'c03', 'Case', '2026-10-12 01:00:00', 'p1', 0),
  ('n004', 4, 'Update', '{"value":"Closed","fields":[],"attributes":{"was":{},"became":{}}}', 'c01', 'Case', '2026-10-12 02:30:00', 'u1', 0),
  ('n005', 5, 'Update', '{"value":"Closed","fields":[],"attributes":{"was":{},"became":{}}}', 'c02', 'Case', '2026-10-12 03:00:00', 'u1', 0),
  ('n006', 6, 'Status', '{"field":"status","value":"Closed"}', 'c03', 'Case', '2026-10-12 03:00:01', 'u1', 0),
  ('n007', 7, 'Create', '{"assignedUserId":"u1","statusValue":"New"}', 'c04', 'Case', '2026-10-13 02:00:00', 'p1', 0),
  ('n008', 8, 'Create', '{"assignedUserId":"u1","statusValue":"New"}', 'c05', 'Case', '2026-10-13 02:00:00', 'p1', 0),
  ('n009', 9, 'Create', '{"assignedUserId":"u1","statusValue":"New"}', 'c06', 'Case', '2026-10-13 02:00:00', 'p1', 0),
  ('n010', 10, 'Create', '{"assignedUserId":"u1","statusValue":"New"}', 'c07', 'Case', '2026-10-13 02:00:00', 'p1', 0),
  ('n011', 11, 'Create', '{"assignedUserId":"u1","statusValue":"New"}', 'c08', 'Case', '2026-10-13 02:00:00', 'p1', 0),
  ('n012', 12, 'Update', '{"value":"Assigned","fields":[]}', 'c05', 'Case', '2026-10-13 02:04:00', 'u1', 0),
  ('n013', 13, 'Update', '{"fields":["priority"],"attributes":{"was":{"priority":"Normal"},"became":{"priority":"High"}}}', 'c05', 'Case', '2026-10-13 02:06:00', 'u1', 0),
  ('n014', 14, 'Update', '{"value":"Duplicate"}', 'c08', 'Case', '2026-10-13 02:30:00', 'u1', 0),
  ('n015', 15, 'Update', '{"value":"Closed"}', 'c06', 'Case', '2026-10-13 03:00:00', 'u1', 0),
  ('n016', 16, 'Update', '{"value":"Pending"}', 'c07', 'Case', '2026-10-13 03:00:00', 'u1', 0),
  ('n017', 17, 'Update', '{"value":"Assigned"}', 'c07', 'Case', '2026-10-13 04:00:00', 'u1', 0),
  ('n018', 18, 'Update', '{"value":"Closed"}', 'c04', 'Case', '2026-10-13 05:00:00', 'u1', 0),
  ('n019', 19, 'Update', '{"value":"Closed"}', 'c07', 'Case', '2026-10-13 05:30:00', 'u1', 0),
  ('n020', 20, 'Update', '{"value":"Assigned"}', 'c06', 'Case', '2026-10-14 03:00:00', 'p1', 0),
  ('n021', 21, 'Update', '{"value":"Closed"}', 'c06', 'Case', '2026-10-14 05:00:00', 'u1', 0),
  ('n022', 22, 'Create', '{"assignedUserId":"u1","statusValue":"New"}', 'c13', 'Case', '2026-10-15 01:00:00', 'p1', 0),
  ('n023', 23, 'Post', '{}', 'c13', 'Case', '2026-10-15 01:05:00', 'u1', 0),
  ('n024', 24, 'Update', '{"value":"Closed"}', 'c13', 'Case', '2026-10-15 01:30:00', 'u1', 0),
  ('n025', 25, 'Create', '{"assignedUserId":"u1","statusValue":"New"}', 'c12', 'Case', '2026-10-31 15:50:00', 'p1', 0),
  ('n026', 26, 'Assign', '{"assignedUserId":"u2","assignedUserName":"Wu Gang"}', 'c12', 'Case', '2026-10-31 15:55:00', 'u1', 0),
  ('n027', 27, 'Update', '{"value":"Assigned"}', 'c12', 'Case', '2026-10-31 15:55:00', 'u1', 0);
