"""What people read: one document tree, and its renderers.

Import from the modules themselves: ``video_report`` and ``case_report`` build a document,
``html`` and ``text`` render it.
"""
