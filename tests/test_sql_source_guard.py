"""Only one SELECT passes, on any database; what databases read differently is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.crm.guard import Refused, bind, single_select

PASSES = [
    "SELECT 1",
    "select a, b from t where a = 'x;y' -- a note\n",
    "SELECT 1;",
    "  SELECT 1 ;  -- done",
    "WITH a AS (SELECT 1), b (x) AS (SELECT 2) SELECT * FROM a, b",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9) SELECT i FROM n",
    "SELECT h.update, t.into FROM h JOIN t ON h.id = t.id",
    'SELECT "update" FROM t',
    "SELECT `delete` FROM t",
    "SELECT 'insert into t', 'it''s', 'C:\\dir' FROM t",
    "SELECT replace(a, 'x', 'y'), updated, deleted_at FROM t",
    "SELECT /* the first */ a::date, x->>'k', a[1] FROM t",
    "SELECT a FROM t WHERE b = :name AND c = 'a:b'",
    "SELECT 1 UNION ALL SELECT 2 ORDER BY 1",
    "SELECT 1.5e3, 0x1F, .5 FROM t FOR SYSTEM_TIME AS OF TIMESTAMP '2026-01-01'",
    "SELECT 名称 FROM 客户",
]
REFUSED = [
    "",
    "   -- nothing",
    "INSERT INTO t VALUES (1)",
    "UPDATE t SET a = 1",
    "DELETE FROM t",
    "DROP TABLE t",
    "PRAGMA writable_schema = 1",
    "ATTACH 'other.db' AS o",
    "VALUES (1)",
    "EXPLAIN ANALYZE DELETE FROM t",
    "COPY t TO '/tmp/x'",
    "CALL p()",
    "SET ROLE admin",
    "(SELECT 1)",
    "SELECT 1; DROP TABLE t",
    "SELECT 1; SELECT 2",
    "SELECT ';'; DELETE FROM t",
    "SELECT * INTO copy FROM t",
    "SELECT a FROM t INTO OUTFILE '/tmp/x'",
    "SELECT a FROM t FOR UPDATE",
    "SELECT a FROM t FOR NO KEY UPDATE",
    "SELECT a FROM t FOR SHARE",
    "SELECT a FROM t LOCK IN SHARE MODE",
    "WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone",
    "WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a",
    "WITH a AS (SELECT 1) UPDATE t SET a = 1",
    "WITH a AS (SELECT 1) REPLACE t SELECT * FROM a",
    "SELECT 1 /*! INTO OUTFILE '/tmp/x' */",
    "SELECT 1 /*!50000 INTO OUTFILE '/tmp/x' */",
    "SELECT 1 /*M! INTO OUTFILE '/tmp/x' */",
    "SELECT 1 /* /* */ INTO t */",
    "SELECT 1 /* open",
    "SELECT 1--1 INTO OUTFILE '/tmp/x'",
    "SELECT 1 # '\n INTO OUTFILE '/tmp/x'",
    "SELECT '\\' , 1 INTO OUTFILE '/tmp/x' -- '",
    'SELECT "\\" , 1 INTO t -- "',
    "SELECT $$a$$",
    "SELECT $x$ ; DROP TABLE t; $x$",
    "SELECT 1INTO OUTFILE '/tmp/x'",
    "SELECT 1.INTO OUTFILE '/tmp/x'",
    "SELECT 1.INTO copy FROM t",
    "SELECT 'open",
    "SELECT set_config('transaction_read_only', 'off', false)",
    "SELECT nextval('s')",
    "SELECT pg_terminate_backend(1)",
    "SELECT lo_unlink (1)",
    "SELECT load_extension('x')",
    "SELECT * FROM pragma_table_info('t')",
    "SELECT load_file('/etc/passwd')",
    "SELECT sleep(100)",
    "SELECT 1\x00; DROP TABLE t",
]


@pytest.mark.parametrize("sql", PASSES)
def test_a_statement_that_only_reads_passes(sql: str) -> None:
    assert single_select(sql)


@pytest.mark.parametrize("sql", REFUSED)
def test_a_statement_that_could_do_more_is_refused(sql: str) -> None:
    with pytest.raises(Refused) as refused:
        single_select(sql, "demo.yaml:7")
    assert refused.value.where == "demo.yaml:7"
    assert refused.value.do
    assert refused.value.exit_code == 2


def test_comments_and_the_closing_semicolon_are_not_sent() -> None:
    assert single_select("SELECT a /* x */ -- y\nFROM t; -- z") == "SELECT a    \nFROM t"


@given(st.text(alphabet="SELECT select;-'\"/*`\\#$:.\n\t 1aINTO()", max_size=60))
def test_what_passes_holds_no_comment_and_no_semicolon_outside_quotes(tail: str) -> None:
    try:
        sent = single_select(f"SELECT {tail}")
    except Refused:
        return
    bare, quote = "", ""
    for sign in sent:
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"`":
            quote = sign
        else:
            bare += sign
    assert not quote
    assert not {";", "#", "$"} & set(bare)
    assert "/*" not in bare
    assert "--" not in bare


def test_parameters_are_bound_in_each_drivers_style() -> None:
    sql = "SELECT a::text, ':x', '5%' FROM t WHERE a = :x AND b = :y AND c = :x"
    assert bind(sql, "numeric") == (
        "SELECT a::text, ':x', '5%' FROM t WHERE a = $1 AND b = $2 AND c = $1",
        ["x", "y"],
    )
    assert bind(sql, "pyformat")[0].endswith("'5%%' FROM t WHERE a = %(x)s AND b = %(y)s AND c = %(x)s")
    assert bind("SELECT '5%'", "pyformat") == ("SELECT '5%'", [])
