"""The servers under test, in the order of tables and charts."""
from .floor import Floor
from .haproxy import HAProxy
from .httpd import Httpd
from .navajo import Navajo
from .nginx import Nginx

ALL = (Navajo, Nginx, HAProxy, Httpd, Floor)
BY_NAME = {kind.name: kind for kind in ALL}
