"""What ``graphrec doctor`` looks at: this Python, its packages, the database, the model hub and the machine."""
