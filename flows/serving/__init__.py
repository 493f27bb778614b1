"""What runs by itself: the server, the ledger of expected runs, figures and the doctor."""
