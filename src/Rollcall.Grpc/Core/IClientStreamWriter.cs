namespace Grpc.Core;

/// <summary>The client's end of a request stream.</summary>
/// <typeparam name="T">Type of the messages.</typeparam>
public interface IClientStreamWriter<in T> : IAsyncStreamWriter<T>
{
    /// <summary>Half-closes the call: no message follows.</summary>
    Task CompleteAsync();
}
