"""Take e-mail addresses, phone and card numbers and names out of free text, and count them by kind."""
