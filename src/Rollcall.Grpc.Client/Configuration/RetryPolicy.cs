using Grpc.Core;

namespace Rollcall.Grpc.Client.Configuration;

/// <summary>
/// Repeats a call that failed before response headers came. For methods that may run twice. All fields must be set; a channel refuses
/// a policy that is not complete. A retry goes to an endpoint that the call has not tried while there is one. Streams that the caller writes are repeated
/// as long as the buffer holds all that was written (<see cref="GrpcChannelOptions.MaxRetryBufferPerCallSize"/>).
/// </summary>
public sealed class RetryPolicy
{
    /// <summary>Attempts of one call, the first included: 2 or more; <see cref="GrpcChannelOptions.MaxRetryAttempts"/> caps it.</summary>
    public int? MaxAttempts { get; set; }

    /// <summary>The wait before the first retry, times a random factor from 0.8 to 1.2. More than zero.</summary>
    public TimeSpan? InitialBackoff { get; set; }

    /// <summary>The longest wait, before the random factor. More than zero.</summary>
    public TimeSpan? MaxBackoff { get; set; }

    /// <summary>What each retry multiplies the wait by. More than zero.</summary>
    public double? BackoffMultiplier { get; set; }

    /// <summary>The statuses that are retried; at least one.</summary>
    public IList<StatusCode> RetryableStatusCodes { get; } = [];
}
