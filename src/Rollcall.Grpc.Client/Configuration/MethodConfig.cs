namespace Rollcall.Grpc.Client.Configuration;

/// <summary>Settings for the methods that it names.</summary>
public sealed class MethodConfig
{
    /// <summary>What it applies to. <see cref="MethodName.Default"/> is every method that no other entry names.</summary>
    public IList<MethodName> Names { get; } = [];

    /// <summary>
    /// Whether calls wait for an instance that accepts a connection, up to their deadline, instead of failing at once. What a call itself says
    /// (<c>CallOptions.WithWaitForReady</c>) goes before it. Null: they don't.
    /// </summary>
    public bool? WaitForReady { get; set; }

    /// <summary>Longest time of a call, its attempts and waits included; an earlier deadline of the call holds. Null: only that one. More than zero.</summary>
    public TimeSpan? Timeout { get; set; }

    /// <summary>Largest message that is sent, in bytes; a lower <see cref="GrpcChannelOptions.MaxSendMessageSize"/> holds. Null: only that one.</summary>
    public int? MaxRequestMessageBytes { get; set; }

    /// <summary>
    /// Largest message that is taken, in bytes, also after decompression; a lower <see cref="GrpcChannelOptions.MaxReceiveMessageSize"/> holds.
    /// Null: only that one.
    /// </summary>
    public int? MaxResponseMessageBytes { get; set; }

    /// <summary>How calls are repeated. Null: only those that no server has seen go to another instance.</summary>
    public RetryPolicy? RetryPolicy { get; set; }

    /// <summary>How calls are sent to several endpoints at the same time. Null: to one at a time. Not together with <see cref="RetryPolicy"/>.</summary>
    public HedgingPolicy? HedgingPolicy { get; set; }
}
