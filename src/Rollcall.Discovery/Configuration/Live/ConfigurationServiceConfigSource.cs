using System.Runtime.CompilerServices;
using Microsoft.Extensions.Configuration;
using Rollcall.Discovery.Configuration.Live.Internal;
using Rollcall.Discovery.Internal;

namespace Rollcall.Discovery.Configuration.Live;

/// <summary>
/// Service configs in the application's configuration (<c>appsettings.json</c>, environment variables, …): a section that has one entry for each
/// service, either the config's JSON as one text or its fields as subsections. Follows reloads.
/// </summary>
/// <param name="section">For example <c>configuration.GetSection("Rollcall:ServiceConfig")</c>.</param>
public sealed class ConfigurationServiceConfigSource(IConfiguration section) : IServiceConfigSource
{
    private readonly IConfiguration _section = section ?? throw new ArgumentNullException(nameof(section));

    /// <inheritdoc/>
    public string Describe(ServiceConfigQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        var path = (_section as IConfigurationSection)?.Path;
        return $"the configuration's section {(string.IsNullOrEmpty(path) ? "" : path + ":")}{query.Service}";
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<string?> WatchAsync(ServiceConfigQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        while (true)
        {
            // Taken before the reading, so that no change is missed between the two.
            var token = _section.GetReloadToken();
            yield return ConfigurationJson.Write(_section.GetSection(query.Service));
            await token.WaitForChangeAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
