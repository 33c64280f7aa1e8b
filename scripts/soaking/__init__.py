"""A long mixed load with kills, and the checks afterwards: ``scripts/soak``.

``__main__`` is the story. The actors (``teachers``, ``administrators``, ``crowd``) send what people
send and write down what they were told; ``killing`` does its worst; ``mailbox`` takes the mails;
``checking`` holds the database and the mailbox against what was told.
"""
