"""What people do: acknowledge, attest, sign, sample, let a source mail, have a person forgotten."""
