namespace Rollcall.Grpc.Client.Internal;

/// <summary>Names of what the conventions have no name for.</summary>
internal static class ClientAttributes
{
    public const string AttemptEvent = "rollcall.attempt";
    public const string AttemptNumber = "rollcall.attempt.number";
    public const string AttemptFate = "rollcall.attempt.fate";
    public const string Attempts = "rollcall.attempts";
    public const string EndpointId = "rollcall.endpoint.id";
    public const string EndpointAddress = "rollcall.endpoint.address";
}
