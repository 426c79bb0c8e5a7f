namespace Rollcall.Grpc.Client.Configuration;

/// <summary>Names a method, all methods of a service, or every method.</summary>
public sealed class MethodName
{
    /// <summary>Every method that no other entry names.</summary>
    public static readonly MethodName Default = new();

    /// <summary>The service with its package, <c>greet.Greeter</c>. Null or empty: every service; then <see cref="Method"/> is empty too.</summary>
    public string? Service { get; init; }

    /// <summary>The method, <c>SayHello</c>. Null or empty: every method of the service.</summary>
    public string? Method { get; init; }
}
