"""Training of the network that the runtime in `annotations.attribution.network` runs. Needs the
training extra.
"""
