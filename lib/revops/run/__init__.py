"""The parts of the monthly run: parameters, engine, kernels, staging, manifest, exports. `revops.pipeline` plays them."""
