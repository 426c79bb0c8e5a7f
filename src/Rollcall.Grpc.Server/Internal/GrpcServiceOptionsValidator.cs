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

        if (options.ResponseCompressionAlgorithm is not (null or GrpcProtocol.IdentityEncoding or GrpcProtocol.GzipEncoding))
        {
            result.AddError($"'{options.ResponseCompressionAlgorithm}' is not known; use gzip or null", nameof(options.ResponseCompressionAlgorithm));
        }

        return result.Build();
    }
}
