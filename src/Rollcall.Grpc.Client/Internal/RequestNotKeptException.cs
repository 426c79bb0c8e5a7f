namespace Rollcall.Grpc.Client.Internal;

/// <summary>The HTTP handler asks once more for the body of a call whose caller has written more than is kept of it.</summary>
internal sealed class RequestNotKeptException() : IOException("The request can't be sent again: its first messages are not kept any more.");
