-- The same verdicts by hand: what an experienced person would write for DuckDB over the same Parquet.
--
-- Given beforehand, and not timed: views of the Parquet files; `kinds` (code and limits of each service type; a
-- case without a type stands in every one of them); `graces` (whom to escalate to, and how soon, by code);
-- `days` (each local day: when it opens and closes, how long the house had been open before it, and the due
-- instants 3 and 5 working days later); `months` (cohorts that have a line even when empty); `verdict` (an
-- enum); the variable as_of. Instants are microseconds, as `epoch_us` gives them.

CREATE OR REPLACE TEMP MACRO as_of() AS getvariable('as_of');
CREATE OR REPLACE TEMP MACRO past(stamp) AS CASE WHEN epoch_us(stamp) <= as_of() THEN epoch_us(stamp) END;
CREATE OR REPLACE TEMP MACRO local_day(instant) AS (instant + 28800000000) // 86400000000;
CREATE OR REPLACE TEMP MACRO local_month(instant) AS strftime(make_timestamp(instant + 28800000000), '%Y-%m');
-- Open microseconds before an instant, from the row of its local day.
CREATE OR REPLACE TEMP MACRO clock(shift, instant) AS shift.open_before + greatest(0, least(instant, shift.closes) - shift.opens);

CREATE OR REPLACE TEMP MACRO judged(void, untyped, done, bound, fits) AS
  CASE WHEN void THEN 'not_applicable' WHEN untyped THEN 'no_data'
       WHEN done IS NOT NULL THEN CASE WHEN fits THEN 'met' ELSE 'breached' END
       WHEN bound IS NOT NULL THEN CASE WHEN fits THEN 'met' ELSE 'no_data' END
       WHEN fits THEN 'pending' ELSE 'breached' END::verdict;
CREATE OR REPLACE TEMP MACRO in_time(done, due) AS
  CASE WHEN done <= due THEN 'met' WHEN done IS NULL AND as_of() <= due THEN 'pending' ELSE 'breached' END::verdict;

-- Limits in hours, by both clocks.
CREATE OR REPLACE TEMP TABLE limits AS
WITH answered AS (
  SELECT case_id, min(epoch_us(started_at)) AS first_at FROM interaction
  WHERE direction = 'out' AND NOT by_bot AND epoch_us(started_at) <= as_of() GROUP BY case_id),
paused AS (
  SELECT case_id, began, ended - began AS elapsed, clock(b, began) AS open_began,
         clock(e, ended) - clock(b, began) AS open_time
  FROM (SELECT case_id, past(began_at) AS began, coalesce(past(ended_at), as_of()) AS ended FROM pause)
  JOIN days b ON b.day = local_day(began) JOIN days e ON e.day = local_day(ended)),
cases AS (
  SELECT c.id, c.team_id, k.code, k.response, k.resolution, c.void_reason IS NOT NULL AS void,
         c.service_type IS NULL AS untyped, epoch_us(c.received_at) AS received, a.first_at AS responded,
         past(c.resolved_at) AS resolved, p.* EXCLUDE (case_id),
         coalesce(responded, resolved, as_of()) AS answer_end, coalesce(resolved, as_of()) AS solve_end
  FROM "case" c JOIN kinds k ON k.service_type IS NOT DISTINCT FROM c.service_type
  LEFT JOIN answered a ON a.case_id = c.id LEFT JOIN paused p ON p.case_id = c.id),
clocked AS (
  SELECT c.*, clock(r, received) AS open_received, clock(a, answer_end) AS open_answer_end,
         clock(s, solve_end) AS open_solve_end,
         received + response AS response_due,
         received + resolution + CASE WHEN began < received + resolution THEN elapsed ELSE 0 END AS resolution_due
  FROM cases c JOIN days r ON r.day = local_day(received) JOIN days a ON a.day = local_day(answer_end)
  JOIN days s ON s.day = local_day(solve_end)),
fitting AS (
  SELECT *, answer_end <= response_due AS response_fits,
         open_answer_end - open_received <= response AS response_fits_open,
         solve_end <= resolution_due AS resolution_fits,
         open_solve_end - open_received - CASE WHEN open_began - open_received < resolution THEN open_time ELSE 0 END
           <= resolution AS resolution_fits_open
  FROM clocked)
SELECT id, team_id, code, received, responded, resolved, response_due, resolution_due,
       judged(void, untyped, responded, resolved, response_fits) AS response,
       judged(void, untyped, responded, resolved, response_fits_open) AS response_open,
       judged(void, untyped, resolved, NULL, resolution_fits) AS resolution,
       judged(void, untyped, resolved, NULL, resolution_fits_open) AS resolution_open
FROM fitting;

-- Once a limit is broken, the role that the standard names is told, or acts, within the grace.
CREATE OR REPLACE TEMP TABLE overtime AS
WITH broken AS (
  SELECT id, team_id, code, received,
         least(CASE WHEN response = 'breached' THEN response_due END,
               CASE WHEN resolution = 'breached' THEN resolution_due END) + g.grace AS due, g.told, g.roles
  FROM limits JOIN graces g USING (code)
  WHERE 'breached' IN (response, resolution) OR 'no_data' IN (response, resolution)),
proof AS (
  SELECT b.id, b.code, min(proven) AS proven
  FROM (SELECT case_id, target_role, past(triggered_at) AS triggered, past(action_at) AS acted FROM escalation) e
  JOIN broken b ON b.id = e.case_id,
  LATERAL (SELECT CASE WHEN b.told AND triggered >= b.received THEN triggered
                       WHEN acted >= b.received THEN acted END AS proven)
  WHERE b.due IS NOT NULL AND list_contains(b.roles, e.target_role) AND proven IS NOT NULL GROUP BY ALL)
SELECT b.id, b.team_id, b.code, b.due, p.proven AS done,
       CASE WHEN b.due IS NULL THEN 'no_data' WHEN p.proven <= b.due THEN 'met' WHEN as_of() <= b.due THEN 'pending'
            ELSE 'breached' END::verdict AS verdict
FROM broken b LEFT JOIN proof p USING (id, code);

CREATE OR REPLACE TEMP TABLE acceptances AS
WITH accepted AS (
  SELECT id, epoch_us(applied_at) AS applied, past(confirmed_at) AS signed FROM acceptance),
sent AS (
  SELECT a.id, min(past(s.sent_at)) AS sent FROM accepted a JOIN survey s ON s.acceptance_id = a.id
  WHERE s.kind = 'acceptance' AND NOT s.bounced AND past(s.sent_at) >= a.signed GROUP BY a.id)
SELECT a.id, a.signed, x.due_5 AS accept_due, in_time(a.signed, x.due_5) AS accepted,
       s.sent, y.due_3 AS survey_due, CASE WHEN a.signed IS NOT NULL THEN in_time(s.sent, y.due_3) END AS surveyed
FROM accepted a JOIN days x ON x.day = local_day(applied) LEFT JOIN days y ON y.day = local_day(signed)
LEFT JOIN sent s ON s.id = a.id;

CREATE OR REPLACE TEMP TABLE deliveries AS
WITH last AS (
  SELECT q.deliverable_id AS id, max(past(q.checked_at)) AS checked, arg_max(q.result, q.checked_at) AS result,
         arg_max(q.items_total, q.checked_at) AS total, arg_max(q.items_passed, q.checked_at) AS passed
  FROM qa_check q JOIN deliverable d ON d.id = q.deliverable_id
  WHERE q.checked_at <= d.delivered_at GROUP BY q.deliverable_id)
SELECT d.id, past(d.delivered_at) AS delivered, l.checked,
       CASE WHEN l.result = 'pass' THEN 'met' ELSE 'breached' END::verdict AS before,
       CASE WHEN l.passed * 100 >= l.total * 95 THEN 'met' WHEN l.total > 0 THEN 'breached' END::verdict AS items
FROM deliverable d LEFT JOIN last l USING (id) WHERE past(d.delivered_at) IS NOT NULL;

-- Rates of calendar months; the running month, the period's and the one before it always have a line.
CREATE OR REPLACE TEMP TABLE rates AS
WITH members AS (
  SELECT 'ECS-2.4-QA-RATE-95' AS clause, local_month(past(checked_at)) AS month, result = 'pass' AS done
  FROM qa_check WHERE round = 1 AND past(checked_at) IS NOT NULL
  UNION ALL
  SELECT 'ECS-2.4-SURVEY-RETURN-80', local_month(past(sent_at)),
         past(responded_at) - epoch_us(sent_at) <= 1209600000000 IS TRUE
  FROM survey WHERE kind = 'acceptance' AND NOT bounced AND past(sent_at) IS NOT NULL
  UNION ALL
  SELECT clause, month, NULL FROM months),
counted AS (
  SELECT clause, month, count(*) FILTER (done) AS part, count(done) AS whole,
         epoch_us((month || '-01')::TIMESTAMP + INTERVAL 1 MONTH) - 28800000001
           + CASE clause WHEN 'ECS-2.4-QA-RATE-95' THEN 0 ELSE 1209600000000 END AS due,
         CASE clause WHEN 'ECS-2.4-QA-RATE-95' THEN 95 ELSE 80 END AS percent
  FROM members GROUP BY clause, month)
SELECT clause, month, due,
       CASE WHEN as_of() <= due THEN 'pending' WHEN whole = 0 THEN 'not_applicable'
            WHEN part * 100 >= whole * percent THEN 'met' ELSE 'breached' END::verdict AS verdict
FROM counted;
