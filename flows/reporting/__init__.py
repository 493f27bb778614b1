"""Reports that are sent by themselves: judged, read by whom, sent or withheld."""
