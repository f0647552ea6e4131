"""The floor relay (helpers/floor.cc): what any proxy must cost at least on this kernel."""
from ..child import Failed
from ..helper import start_listening
from ..server import Server


class Floor(Server):
    name = "floor"

    def configure(self, folder, port, setup):
        """It has no configuration."""

    def command(self, folder, port, setup):
        return [str(self.tools.programs / "floor"), "--port", str(port), "--backend", str(setup.backend_port)]

    def version(self):
        return "epoll relay of this project"

    def program(self):
        program = self.tools.programs / "floor"
        if not program.exists():
            raise Failed(f"{program} is missing: `make bench` builds it")
        return str(program)

    def start(self, folder, setup, cores):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.child, self.port = start_listening(self.command(folder, 0, setup), cores, folder / "output.log")
