"""Reports that lie in the folder of runs: found, written again, proved, judged anew; past periods made good."""
