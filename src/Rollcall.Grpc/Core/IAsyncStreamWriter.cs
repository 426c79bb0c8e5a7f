namespace Grpc.Core;

/// <summary>Takes messages in order. One write at a time: await each before the next.</summary>
/// <typeparam name="T">Type of the messages.</typeparam>
public interface IAsyncStreamWriter<in T>
{
    /// <summary>Options for the messages written next; null for defaults.</summary>
    WriteOptions? WriteOptions { get; set; }

    /// <summary>Writes a message; the task ends when the transport has taken it, which is where back-pressure shows.</summary>
    Task WriteAsync(T message);

    /// <summary>Writes a message with cancellation of the write. An implementation without support accepts only tokens that can't fire.</summary>
    Task WriteAsync(T message, CancellationToken cancellationToken) =>
        cancellationToken.CanBeCanceled
            ? throw new NotSupportedException($"{GetType()} can't cancel a write; call WriteAsync without a token.")
            : WriteAsync(message);
}
