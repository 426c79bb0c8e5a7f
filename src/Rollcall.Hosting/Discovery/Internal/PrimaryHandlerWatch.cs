using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Http;
using Rollcall.Hosts;

namespace Rollcall.Hosting.Discovery;

/// <summary>The builder of a client's handlers, as its set-up sees it: knows afterwards whether the application has a primary handler of its own.</summary>
internal sealed class PrimaryHandlerWatch(HttpMessageHandlerBuilder builder) : HttpMessageHandlerBuilder
{
    private bool _isOwn;

    /// <summary>The name of the options by which the client has discovery; null: it has none.</summary>
    public string? DiscoveryOptions { get; set; }

    /// <summary>The application's own handler: one that it has set, or the default one, if it has looked at that to change it. Null: none.</summary>
    public HttpMessageHandler? Own => _isOwn ? builder.PrimaryHandler : null;

    [AllowNull]
    public override string Name
    {
        get => builder.Name!;
        set => builder.Name = value!;
    }

    [AllowNull]
    public override HttpMessageHandler PrimaryHandler
    {
        get
        {
            _isOwn = builder.PrimaryHandler is not null;
            return builder.PrimaryHandler!;
        }

        set
        {
            builder.PrimaryHandler = value!;

            // Null stands for "none yet". The default of a gRPC client takes the place of what the defaults of all clients have set up, discovery too.
            var isDefault = value is not null && DefaultPrimaryHandler.Is(value);
            _isOwn = value is not null && !isDefault;
            DiscoveryOptions = isDefault ? null : DiscoveryOptions;
        }
    }

    public override IList<DelegatingHandler> AdditionalHandlers => builder.AdditionalHandlers;

    public override IServiceProvider Services => builder.Services;

    public override HttpMessageHandler Build() => builder.Build();
}
