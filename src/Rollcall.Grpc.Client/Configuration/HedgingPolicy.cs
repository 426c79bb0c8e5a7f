using Grpc.Core;

namespace Rollcall.Grpc.Client.Configuration;

/// <summary>
/// Sends a call that is slow to answer, or fails, to further endpoints at the same time; the first that answers decides, and the others are
/// cancelled (gRFC A6). For unary and server-streaming methods that may run more than once; on calls whose requests the caller writes it has no effect.
/// </summary>
public sealed class HedgingPolicy
{
    /// <summary>Copies of one call, the first included: 2 or more; <see cref="GrpcChannelOptions.MaxRetryAttempts"/> caps it.</summary>
    public int? MaxAttempts { get; set; }

    /// <summary>The wait before each further copy. Null or zero: all are sent at once. Not negative.</summary>
    public TimeSpan? HedgingDelay { get; set; }

    /// <summary>Statuses after which the next copy is sent at once; any other one ends the call. May be empty.</summary>
    public IList<StatusCode> NonFatalStatusCodes { get; } = [];
}
