using Microsoft.Extensions.Options;

namespace Rollcall.Grpc.Server;

/// <summary>Refuses settings that would fail at the first call.</summary>
internal sealed class GrpcServiceOptionsValidator<TOptions> : IValidateOptions<TOptions>
    where TOptions : GrpcServiceOptions
{
    public ValidateOptionsResult Validate(string? name, TOptions options)
    {
        var result = new ValidateOptionsResultBuilder();
        if (options.MaxReceiveMessageSize < 0)
        {
            result.AddError("must not be negative; null means no limit", nameof(options.MaxReceiveMessageSize));
        }

        if (options.MaxSendMessageSize < 0)
        {
            result.AddError("must not be negative; null means no limit", nameof(options.MaxSendMessageSize));
        }

        if (options.StreamShutdownDelay is { } delay && delay != Timeout.InfiniteTimeSpan && (delay < TimeSpan.Zero || delay > TimeSpan.FromDays(1)))
        {
            result.AddError("must be from zero to a day, or Timeout.InfiniteTimeSpan", nameof(options.StreamShutdownDelay));
        }

        try
        {
            var encodings = new GrpcEncodings(options.CompressionProviders);
            if (options.ResponseCompressionAlgorithm is { } algorithm and not GrpcProtocol.IdentityEncoding && !encodings.TryFind(algorithm, out _))
            {
                result.AddError(
                    $"'{algorithm}' is none of the CompressionProviders, which are {encodings.AcceptEncoding}", nameof(options.ResponseCompressionAlgorithm));
            }
        }
        catch (ArgumentException exception)
        {
            result.AddError(exception.Message, nameof(options.CompressionProviders));
        }

        return result.Build();
    }
}
