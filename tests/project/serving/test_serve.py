"""`manage.py serve` as it runs in production: behind nginx, which ends HTTPS."""

import http.client
import os
import re
import select
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from tests.processes import PATIENCE, database_url, free_port, listens, until

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).resolve().parents[3]
HOST = "desk.example.org"
PASSWORD = "a long enough password"

NGINX = """
daemon off; pid "{folder}/nginx.pid"; error_log "{folder}/error.log"; user root;
events {{ }}
http {{
  access_log off;
  client_body_temp_path "{folder}/body"; proxy_temp_path "{folder}/proxy";
  fastcgi_temp_path "{folder}/f"; uwsgi_temp_path "{folder}/u"; scgi_temp_path "{folder}/s";
  upstream desk {{ server 127.0.0.1:{web}; keepalive 1; }}
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate "{folder}/cert.pem"; ssl_certificate_key "{folder}/key.pem";
    location / {{
      proxy_pass http://desk;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
    }}
  }}
}}
"""


class Served:
    """A running web server with two processes."""

    def __init__(self, **environment: str) -> None:
        self.port = free_port()
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "serve", f"--port={self.port}", "--processes=2"],
            cwd=ROOT,
            env=os.environ
            | {"DATABASE_URL": database_url(), "ALLOWED_HOSTS": HOST, "ACCORDINGTO_LOCAL": ""}
            | environment,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    def children(self) -> list[int]:
        """The web processes."""
        told = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in told.read_text().split()]

    def answers(self) -> bool:
        """Whether a web process answers."""
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            connection.request("GET", "/login/", headers={"Host": HOST})
            return connection.getresponse().status < 500
        except OSError:
            return False

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


def is_there(pid: int) -> bool:
    """Whether the process runs."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


@pytest.fixture
def served() -> Iterator[Served]:
    server = Served(BEHIND_PROXY="1")
    until(server.answers)
    yield server
    server.process.kill()
    server.process.wait()


@pytest.fixture
def nginx(served: Served, spare_folder: Path) -> Iterator[int]:
    """The port of an nginx with HTTPS in front of the web server."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "nginx is not installed (Debian: apt install nginx-light)"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"),
            *("-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}"),
            *("-keyout", spare_folder / "key.pem", "-out", spare_folder / "cert.pem"),
        ],
        check=True,
        capture_output=True,
    )
    port = free_port()
    text = NGINX.format(folder=spare_folder, web=served.port, port=port)
    (spare_folder / "nginx.conf").write_text(text)
    process = subprocess.Popen([program, "-c", str(spare_folder / "nginx.conf"), "-e", "stderr"])
    until(lambda: process.poll() is not None or listens(port))
    assert process.poll() is None, "nginx did not start"
    yield port
    process.terminate()
    process.wait(PATIENCE)


def test_the_server_does_not_tell_its_name(served: Served) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=PATIENCE)
    connection.request("GET", "/static/css/app.css", headers={"Host": HOST})
    assert not connection.getresponse().headers["Server"]


class Browser:
    """A kept HTTPS connection with its cookies."""

    def __init__(self, port: int, certificate: Path) -> None:
        context = ssl.create_default_context(cafile=str(certificate))
        self._connection = http.client.HTTPSConnection(
            HOST, port, context=context, timeout=PATIENCE
        )
        # The name stands in the certificate, the address is this machine's.
        raw = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self._connection.sock = context.wrap_socket(raw, server_hostname=HOST)
        self.cookies: dict[str, str] = {}

    def ask(
        self, method: str, path: str, **fields: str
    ) -> tuple[int, http.client.HTTPMessage, str]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = None
        if method == "POST":
            body = urllib.parse.urlencode(fields)
            headers |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "Referer": f"https://{HOST}{path}",
                "Origin": f"https://{HOST}",
            }
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        for line in response.msg.get_all("Set-Cookie", []):
            name, _is, value = line.split(";")[0].partition("=")
            self.cookies[name] = value
        return response.status, response.msg, response.read().decode()


@pytest.fixture
def ada() -> User:
    return User.objects.create_superuser("ada", password=PASSWORD)


def test_one_signs_in_through_a_proxy(nginx: int, ada: User, spare_folder: Path) -> None:
    browser = Browser(nginx, spare_folder / "cert.pem")
    status, _headers, page = browser.ask("GET", "/login/")
    assert status == 200
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token
    status, headers, page = browser.ask(
        "POST",
        "/login/",
        username="ada",
        password=PASSWORD,
        csrfmiddlewaretoken=token[1],
    )
    assert (status, headers["Location"]) == (302, "/"), page
    status, _headers, page = browser.ask("GET", "/")
    assert status == 200
    assert "ada" in page


def test_answers_to_head_do_not_run_into_the_next(
    nginx: int, ada: User, spare_folder: Path
) -> None:
    """The proxy keeps one connection to the desk, whoever asks."""
    first, second = (Browser(nginx, spare_folder / "cert.pem") for _ in range(2))
    for _ in range(10):
        status, _headers, page = first.ask("HEAD", "/login/")
        assert (status, page) == (200, "")
        status, _headers, page = second.ask("GET", "/login/")
        assert status == 200
        assert page.startswith("<!doctype html>")
        assert page.endswith("</html>\n")


def test_a_stranger_cannot_say_that_the_connection_is_safe(served: Served) -> None:
    """X-Forwarded-Proto counts from the proxy only; this machine is it here, so trust none."""
    other = Served(BEHIND_PROXY="", TRUSTED_PROXIES="192.0.2.7")
    try:
        until(other.answers)
        connection = http.client.HTTPConnection("127.0.0.1", other.port, timeout=PATIENCE)
        forged = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}
        connection.request("GET", "/login/", headers=forged)
        response = connection.getresponse()
        assert (response.status, response.msg["Location"]) == (301, f"https://{HOST}/login/")
    finally:
        other.end(signal.SIGTERM)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_all_of_it(served: Served, number: signal.Signals) -> None:
    children = served.children()
    assert len(children) == 2
    served.end(number)
    assert not any(is_there(pid) for pid in children)
    assert served.process.stderr is not None
    assert b"Traceback" not in served.process.stderr.read()


def test_web_processes_end_with_the_one_that_started_them(served: Served) -> None:
    children = served.children()
    served.end(signal.SIGKILL)
    until(lambda: not any(is_there(pid) for pid in children))


def test_a_web_process_that_is_only_starting_ends_with_it_too(served: Served) -> None:
    before = served.children()
    os.kill(before[0], signal.SIGKILL)
    until(lambda: bool(set(served.children()) - set(before)))
    [starting] = set(served.children()) - set(before)
    served.end(signal.SIGKILL)
    until(lambda: not is_there(starting) and not is_there(before[1]))


def test_a_web_process_that_dies_is_started_again(served: Served) -> None:
    one, _other = served.children()
    os.kill(one, signal.SIGKILL)
    until(lambda: len(served.children()) == 2 and one not in served.children())
    until(served.answers)


def test_half_open_requests_block_nobody(served: Served) -> None:
    """More of them than the server has threads, and each of them slow."""
    begun = []
    for _ in range(150):
        connection = socket.create_connection(("127.0.0.1", served.port), PATIENCE)
        connection.sendall(b"POST /login/ HTTP/1.1\r\nHost: desk.exam")
        begun.append(connection)
    until(served.answers)
    # The server ends them in time: that is not what made it answer.
    ended, _writable, _broken = select.select(begun, [], [], 0)
    assert ended == []
    for connection in begun:
        connection.close()


def test_a_large_body_of_a_stranger_is_not_taken(served: Served) -> None:
    connection = socket.create_connection(("127.0.0.1", served.port), PATIENCE)
    head = f"POST /login/ HTTP/1.1\r\nHost: {HOST}\r\nX-Forwarded-Proto: https\r\n"
    head += "X-Forwarded-For: 192.0.2.1\r\nContent-Length: 300000000\r\n\r\n"
    connection.sendall(head.encode())
    assert b"413" in connection.recv(1000)
    connection.close()


def test_a_signal_that_an_import_swallows_is_not_forgotten() -> None:
    """Some packages catch everything that is raised while they are imported."""
    code = """
import os, signal
from project.serving.lifetime import end_if_asked, end_in_order
signal.signal(signal.SIGTERM, end_in_order)
try:
    os.kill(os.getpid(), signal.SIGTERM)
except:
    pass
print("goes on")
end_if_asked()
print("never here")
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (128 + signal.SIGTERM, "goes on\n")
