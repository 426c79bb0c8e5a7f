"""Messages and method paths of the test service, from the descriptor that the tests hand over as a file."""

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
