"""What the API shows of the read model: one module a noun, each with its shape, its query and its filters.

Every query starts from its owner's rows.
"""
