namespace Grpc.Core;

/// <summary>A method without its message types.</summary>
public interface IMethod
{
    /// <summary>How many messages go each way.</summary>
    MethodType Type { get; }

    /// <summary>Name of the service with its package, such as <c>grpc.health.v1.Health</c>.</summary>
    string ServiceName { get; }

    /// <summary>Name within the service.</summary>
    string Name { get; }

    /// <summary>The request path: <c>/service/method</c>.</summary>
    string FullName { get; }
}
