-- The tables of SuiteCRM 7.14 that the mapping `suitecrm` reads, made by hand from its documented fields; stamps in UTC.
CREATE TABLE accounts (id CHAR(36) PRIMARY KEY, name VARCHAR(150), industry VARCHAR(50), date_entered DATETIME, assigned_user_id CHAR(36),
  phone_office VARCHAR(100), deleted TINYINT(1) DEFAULT 0);
CREATE TABLE users (id CHAR(36) PRIMARY KEY, user_name VARCHAR(60), first_name VARCHAR(255), last_name VARCHAR(255), title VARCHAR(50),
  reports_to_id CHAR(36), status VARCHAR(100), is_group TINYINT(1), deleted TINYINT(1));
CREATE TABLE email_addresses (id CHAR(36) PRIMARY KEY, email_address VARCHAR(255), deleted TINYINT(1));
CREATE TABLE email_addr_bean_rel (id CHAR(36) PRIMARY KEY, email_address_id CHAR(36), bean_id CHAR(36), bean_module VARCHAR(100),
  primary_address TINYINT(1), deleted TINYINT(1));
CREATE TABLE cases (id CHAR(36) PRIMARY KEY, name VARCHAR(255), date_entered DATETIME, date_modified DATETIME, deleted TINYINT(1) DEFAULT 0,
  assigned_user_id CHAR(36), case_number INTEGER, type VARCHAR(100), status VARCHAR(100), priority VARCHAR(100), account_id CHAR(36),
  state VARCHAR(100) DEFAULT 'Open', contact_created_by_id CHAR(36));
CREATE TABLE cases_audit (id CHAR(36) PRIMARY KEY, parent_id CHAR(36), date_created DATETIME, created_by VARCHAR(36), field_name VARCHAR(100),
  data_type VARCHAR(100), before_value_string VARCHAR(255), after_value_string VARCHAR(255), before_value_text TEXT, after_value_text TEXT);
CREATE TABLE aop_case_updates (id CHAR(36) PRIMARY KEY, date_entered DATETIME, created_by CHAR(36), deleted TINYINT(1) DEFAULT 0,
  case_id CHAR(36), contact_id CHAR(36), internal TINYINT(1));
CREATE TABLE calls (id CHAR(36) PRIMARY KEY, status VARCHAR(100), direction VARCHAR(100), date_start DATETIME, parent_type VARCHAR(255),
  parent_id CHAR(36), deleted TINYINT(1) DEFAULT 0);
CREATE TABLE emails (id CHAR(36) PRIMARY KEY, type VARCHAR(100), status VARCHAR(100), date_sent_received DATETIME, parent_type VARCHAR(100),
  parent_id CHAR(36), deleted TINYINT(1) DEFAULT 0);

INSERT INTO accounts VALUES ('a1', 'Heng Tai', 'Electronics', '2026-01-05 01:00:00', 'u2', '021-5555 1234', 0), ('a2', 'Gone', NULL, NULL, NULL, NULL, 1);
INSERT INTO users VALUES ('u1', 'li.na', 'Na', 'Li', 'Agent', 'u2', 'Active', 0, 0), ('u2', 'wu.gang', 'Gang', 'Wu', 'Supervisor', '', 'Active', 0, 0),
  ('g1', 'desk', NULL, 'Desk', NULL, NULL, 'Active', 1, 0);
INSERT INTO email_addresses VALUES ('e1', 'li.na@example.com', 0);
INSERT INTO email_addr_bean_rel VALUES ('r1', 'e1', 'u1', 'Users', 1, 0);
INSERT INTO cases (id, case_number, status, state, type, account_id, assigned_user_id, date_entered, deleted) VALUES
  ('c01', 1, 'Closed_Closed', 'Closed', 'Administration', 'a1', 'u1', '2026-10-12 01:00:00', 0),
  ('c02', 2, 'Closed_Closed', 'Closed', 'User', 'a1', 'u1', '2026-10-12 01:00:00', 0),
  ('c03', 3, 'Closed_Closed', 'Closed', 'User', 'a1', 'u1', '2026-10-12 01:00:00', 0),
  ('c04', 4, 'Closed_Closed', 'Closed', 'Product', 'a1', 'u1', '2026-10-13 02:00:00', 0),
  ('c05', 5, 'Open_Assigned', 'Open', 'Product', 'a1', 'u1', '2026-10-13 02:00:00', 0),
  ('c06', 6, 'Closed_Closed', 'Closed', 'Product', 'a1', 'u1', '2026-10-13 02:00:00', 0),
  ('c07', 7, 'Closed_Closed', 'Closed', 'Product', 'a1', 'u1', '2026-10-13 02:00:00', 0),
  ('c08', 8, 'Closed_Duplicate', 'Closed', 'Product', 'a1', 'u1', '2026-10-13 02:00:00', 0),
  ('c09', 9, 'Open_New', 'Open', 'User', 'a1', 'u1', '2026-10-13 02:00:00', 1),
  ('c10', 10, 'Open_New', 'Open', 'Spare parts', 'a1', 'u1', '2026-10-14 01:00:00', 0),
  ('c11', 11, 'Open_New', 'Open', NULL, 'a1', 'u1', '2026-10-14 01:00:00', 0),
  ('c12', 12, 'Open_Assigned', 'Open', 'User', '', 'u2', '2026-10-31 15:50:00', 0),
  ('c13', 13, 'Closed_Closed', 'Closed', 'User', 'a1', 'u1', '2026-10-15 01:00:00', 0);
INSERT INTO aop_case_updates VALUES ('p01', '2026-10-12 01:10:00', 'u1', 0, 'c01', NULL, 0), ('p02', '2026-10-12 01:15:00', 'u1', 0, 'c02', '', NULL),
  ('p03', '2026-10-12 01:15:01', 'u1', 0, 'c03', NULL, 0), ('p3c', '2026-10-12 01:05:00', 'u1', 0, 'c03', 'contact', 0),
  ('p06', '2026-10-13 02:10:00', 'u1', 0, 'c06', NULL, 0), ('p13', '2026-10-15 01:05:00', 'u1', 0, 'c13', NULL, 1),
  ('p5d', '2026-10-13 02:03:00', 'u1', 1, 'c05', NULL, 0);
INSERT INTO calls VALUES ('k04', 'Held', 'Outbound', '2026-10-13 02:20:00', 'Cases', 'c04', 0), ('k5i', 'Held', 'Inbound', '2026-10-13 02:05:00', 'Cases', 'c05', 0),
  ('k5p', 'Planned', 'Outbound', '2026-10-13 02:10:00', 'Cases', 'c05', 0);
INSERT INTO emails VALUES ('m04', 'archived', 'sent', '2026-10-13 02:01:00', 'Cases', 'c04', 0), ('m07', 'out', 'sent', '2026-10-13 02:10:00', 'Cases', 'c07', 0),
  ('m7e', 'out', 'send_error', '2026-10-13 02:05:00', 'Cases', 'c07', 0), ('m05', 'inbound', 'read', '2026-10-13 02:07:00', 'Cases', 'c05', 0);
INSERT INTO cases_audit (id, parent_id, date_created, created_by, field_name, data_type, before_value_string, after_value_string) VALUES
  ('l01', 'c01', '2026-10-12 02:30:00', 'u1', 'status', 'dynamicenum', 'Open_New', 'Closed_Closed'),
  ('l1s', 'c01', '2026-10-12 02:30:00', 'u1', 'state', 'enum', 'Open', 'Closed'),
  ('l02', 'c02', '2026-10-12 03:00:00', 'u1', 'status', 'dynamicenum', 'Open_New', 'Closed_Closed'),
  ('l03', 'c03', '2026-10-12 03:00:01', 'u1', 'status', 'dynamicenum', 'Open_New', 'Closed_Closed'),
  ('l04', 'c04', '2026-10-13 05:00:00', 'u1', 'status', 'dynamicenum', 'Open_New', 'Closed_Closed'),
  ('l05', 'c05', '2026-10-13 02:04:00', 'u1', 'status', 'dynamicenum', 'Open_New', 'Open_Assigned'),
  ('l06', 'c06', '2026-10-13 03:00:00', 'u1', 'status', 'dynamicenum', 'Open_New', 'Closed_Closed'),
  ('l6r', 'c06', '2026-10-14 03:00:00', 'u1', 'status', 'dynamicenum', 'Closed_Closed', 'Open_Assigned'),
  ('l6a', 'c06', '2026-10-14 05:00:00', 'u1', 'status', 'dynamicenum', 'Open_Assigned', 'Closed_Closed'),
  ('l07', 'c07', '2026-10-13 03:00:00', 'u1', 'status', 'dynamicenum', 'Open_New', 'Open_Pending Input'),
  ('l7b', 'c07', '2026-10-13 04:00:00', 'u1', 'status', 'dynamicenum', 'Open_Pending Input', 'Open_Assigned'),
  ('l7c', 'c07', '2026-10-13 05:30:00', 'u1', 'status', 'dynamicenum', 'Open_Assigned', 'Closed_Closed'),
  ('l08', 'c08', '2026-10-13 02:30:00', 'u1', 'status', 'dynamicenum', 'Open_New', 'Closed_Duplicate'),
  ('l12', 'c12', '2026-10-31 15:55:00', 'u1', 'assigned_user_id', 'relate', 'u1', 'u2'),
  ('l2b', 'c12', '2026-10-31 15:55:00', 'u1', 'status', 'dynamicenum', 'Open_New', 'Open_Assigned'),
  ('l13', 'c13', '2026-10-15 01:30:00', 'u1', 'status', 'dynamicenum', 'Open_New', 'Closed_Closed');
