"""Messages and method paths of the test service, from the descriptor that the tests hand over as a file."""

import pathlib

from google.protobuf import descriptor_pool, message_factory

SERVICE = "grpc.testing.TestService"


def load(path):
    """Returns an object with one attribute for each message class."""
    pool = descriptor_pool.DescriptorPool()
    with open(path, "rb") as file:
        pool.AddSerializedFile(file.read())
    if hasattr(message_factory, "GetMessageClass"):
        create = message_factory.GetMessageClass
    else:
        create = message_factory.MessageFactory(pool).GetPrototype

    names = [
        "Empty", "SimpleRequest", "SimpleResponse", "StreamingInputCallRequest", "StreamingInputCallResponse",
        "StreamingOutputCallRequest", "StreamingOutputCallResponse",
    ]
    return type("Messages", (), {n: create(pool.FindMessageTypeByName("grpc.testing." + n)) for n in names})


def payload(size):
    return {"type": 0, "body": bytes(size)}


def certificates(folder):
    """The authority, and the own key and certificate; None for those that are not there."""
    files = [pathlib.Path(folder, name) for name in ("authority.pem", "key.pem", "certificate.pem")]
    return [file.read_bytes() if file.exists() else None for file in files]
