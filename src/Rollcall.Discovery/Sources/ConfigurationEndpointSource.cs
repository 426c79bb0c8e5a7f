using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Configuration;
using Rollcall.Discovery.Internal;
using Rollcall.Discovery.Sources.Internal;

namespace Rollcall.Discovery.Sources;

/// <summary>
/// Instances in the application's configuration (<c>appsettings.json</c>, environment variables, …): a section that has one entry for each service,
/// either addresses with commas between them (<c>10.0.0.1:80,10.0.0.2:80</c>) or a list of addresses or of objects with <c>Address</c> and, where
/// wanted, <c>Id</c>, <c>Weight</c>, <c>Tags</c>, <c>Metadata</c>, <c>Datacenter</c>. Follows reloads. Thread-safe.
/// </summary>
/// <param name="section">For example <c>configuration.GetSection("Rollcall:Endpoints")</c>.</param>
public sealed class ConfigurationEndpointSource(IConfiguration section) : IEndpointSource
{
    private readonly IConfiguration _section = section ?? throw new ArgumentNullException(nameof(section));

    /// <inheritdoc/>
    public string Name => (_section as IConfigurationSection)?.Path is { Length: > 0 } path ? $"the configuration's section {path}" : "the configuration";

    /// <inheritdoc/>
    /// <exception cref="FormatException">An entry can't be read; the message names it (thrown while enumerating).</exception>
    /// <exception cref="NotSupportedException">The query has a filter expression (thrown while enumerating).</exception>
    public async IAsyncEnumerable<EndpointUpdate> WatchAsync(ServiceQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (query.Filter is not null)
        {
            throw new NotSupportedException($"The configuration has no filter expressions: select instances of {query} by tag, version or metadata.");
        }

        while (true)
        {
            // Taken before the reading, so that no change is missed between the two.
            var token = _section.GetReloadToken();
            var service = _section.GetSection(query.Name);
            var all = Read(service, query.Name);
            var wanted = all.WantedBy(query);
            yield return new EndpointUpdate
            {
                Endpoints = wanted,
                Note = !wanted.IsEmpty ? null : all.IsEmpty ? $"{service.Path} has no entry" : $"{service.Path} has {all.Length}, none with the tags and the datacenter that are wanted",
            };
            await token.WaitForChangeAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static ImmutableArray<Endpoint> Read(IConfigurationSection service, string name)
    {
        if (service.Value is { Length: > 0 } text)
        {
            return [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(address => Make(service, name, address))];
        }

        return [.. service.GetChildren().Select(entry => Make(
            entry,
            name,
            entry.Value ?? entry["Address"] ?? throw new FormatException($"{entry.Path} has no Address: write it like {{ \"Address\": \"10.0.0.1:80\" }}.")))];
    }

    private static Endpoint Make(IConfigurationSection entry, string name, string address)
    {
        if (!Uri.TryCreate($"tcp://{address}", UriKind.Absolute, out var uri) || uri.Host.Length == 0 || uri.Port < 1 || uri.PathAndQuery is not ("" or "/"))
        {
            throw new FormatException($"{entry.Path}: \"{address}\" is no address with a port: write it like 10.0.0.1:80 or [::1]:80.");
        }

        var weight = 1;
        if (entry["Weight"] is { } text && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out weight) || weight > ushort.MaxValue))
        {
            throw new FormatException($"{entry.Path}:Weight: \"{text}\" is no weight: write a number from 0 to 65535.");
        }

        return new Endpoint(entry["Id"] is { Length: > 0 } id ? id : uri.Authority, uri.IdnHost.Trim('[', ']'), uri.Port)
        {
            ServiceName = name,
            Weight = weight,
            Tags = [.. entry.GetSection("Tags").GetChildren().Select(static tag => tag.Value).OfType<string>()],
            Metadata = entry.GetSection("Metadata").GetChildren().ToFrozenDictionary(static pair => pair.Key, static pair => pair.Value ?? "", StringComparer.OrdinalIgnoreCase),
            Datacenter = entry["Datacenter"],
        };
    }
}
