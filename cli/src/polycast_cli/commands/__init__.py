"""The commands, one module a subject. They parse, call, and show; the work is elsewhere."""
