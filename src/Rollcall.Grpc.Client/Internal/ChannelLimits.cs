namespace Rollcall.Grpc.Client.Internal;

/// <summary>What a channel's options say, whatever a service config says. Null: no limit.</summary>
/// <param name="MaxSendBytes">Of one message.</param>
/// <param name="MaxReceiveBytes">Of one message.</param>
/// <param name="MaxAttempts">Of one call.</param>
internal sealed record ChannelLimits(int? MaxSendBytes, int? MaxReceiveBytes, int? MaxAttempts);
