"""SeqIO definitions of the data; only preparation imports them."""
