"""The parts of the monthly run: call, parameters, kernels, engine, jobs, pages, exports, manifest, staging."""
