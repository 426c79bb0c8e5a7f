namespace Grpc.Core;

/// <summary>Messages in order of arrival. One reader at a time.</summary>
/// <typeparam name="T">Type of the messages.</typeparam>
public interface IAsyncStreamReader<out T>
{
    /// <summary>The message read last, after <see cref="MoveNext"/> returned true; null before the first one and after the end.</summary>
    T Current { get; }

    /// <summary>Waits for the next message; false at the regular end of the stream.</summary>
    /// <exception cref="RpcException">The call ended with a status other than OK (client side).</exception>
    Task<bool> MoveNext(CancellationToken cancellationToken);
}
