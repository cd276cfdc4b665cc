"""Kernel managers over ipc. Kept apart from `kernels`, because jupyter_client takes a while to import."""

import os
from collections.abc import Callable
from typing import Any

from jupyter_client.manager import AsyncKernelManager

from revops.run.kernels import SCHEDULED


class IpcKernelManager(AsyncKernelManager):
    """A kernel over ipc: no race for ports, nothing on the network."""

    def __init__(self, **settings: Any):
        super().__init__(transport="ipc", **settings)

    async def _async_launch_kernel(self, kernel_cmd: list[str], **kw: Any) -> None:
        await super()._async_launch_kernel(kernel_cmd, **{**kw, "env": {**(kw.get("env") or os.environ), **SCHEDULED}})


class ForkedKernelManager(IpcKernelManager):
    """A kernel that `fork(arguments)` makes instead of a new interpreter. An unknown kernel name is still an error."""

    fork: Callable[[list[str]], Any]

    async def _async_launch_kernel(self, kernel_cmd: list[str], **kw: Any) -> None:
        provisioner: Any = self.provisioner
        process = self.fork(kernel_cmd[kernel_cmd.index("-f") :])
        provisioner.process, provisioner.pid, provisioner.pgid = process, process.pid, None
        self._reconcile_connection_info(provisioner.connection_info)
