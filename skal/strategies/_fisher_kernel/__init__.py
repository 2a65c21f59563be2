"""The parts of `FisherKernel`."""
