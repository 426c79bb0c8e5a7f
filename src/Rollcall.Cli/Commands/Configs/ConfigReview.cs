using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Configuration;

namespace Rollcall.Cli.Commands.Configs;

/// <summary>What a caller would make of a service config. Immutable.</summary>
internal sealed record ConfigReview
{
    /// <summary>For each kind of object its place in words, and its fields. A kind is its path without numbers.</summary>
    private static readonly Dictionary<string, (string Place, string[] Fields)> s_kinds = new()
    {
        [""] = ("at the top", ["loadBalancingConfig", "loadBalancingPolicy", "methodConfig", "retryThrottling"]),
        ["methodConfig"] =
            ("in an entry of methodConfig", ["name", "waitForReady", "timeout", "maxRequestMessageBytes", "maxResponseMessageBytes", "retryPolicy", "hedgingPolicy"]),
        ["methodConfig.name"] = ("in an entry of methodConfig's name", ["service", "method"]),
        ["methodConfig.retryPolicy"] =
            ("in the retryPolicy of an entry of methodConfig", ["maxAttempts", "initialBackoff", "maxBackoff", "backoffMultiplier", "retryableStatusCodes", "retryableHttpStatusCodes"]),
        ["methodConfig.hedgingPolicy"] =
            ("in the hedgingPolicy of an entry of methodConfig", ["maxAttempts", "hedgingDelay", "nonFatalStatusCodes", "nonFatalHttpStatusCodes"]),
        ["retryThrottling"] = ("in retryThrottling", ["maxTokens", "tokenRatio"]),
    };

    /// <summary>Whether callers take it.</summary>
    [JsonPropertyName("valid")]
    public required bool IsValid { get; init; }

    /// <summary>Why they don't.</summary>
    [JsonPropertyName("faults")]
    public required IReadOnlyList<ConfigFault> Faults { get; init; }

    /// <summary>What they pass over: fields that they don't know, settings for no method.</summary>
    [JsonPropertyName("unknown")]
    public required IReadOnlyList<ConfigFault> Unknown { get; init; }

    /// <summary>What they do by it, a line for each thing.</summary>
    [JsonPropertyName("effects")]
    public required IReadOnlyList<string> Effects { get; init; }

    /// <summary>The only reason why they don't: it names no policy but these, which a caller may register as its own. Empty: there are others.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Unregistered { get; init; } = [];

    /// <summary>Callers take it, and nothing in it is without effect.</summary>
    [JsonIgnore]
    public bool IsClean => IsValid && Unknown.Count == 0;

    public static ConfigReview Of(ReadOnlyMemory<byte> value)
    {
        // As callers read it.
        var text = Encoding.UTF8.GetString(value.Span).TrimStart('\ufeff');
        var bytes = Encoding.UTF8.GetBytes(text);
        if (SyntaxFault(bytes) is { } syntax)
        {
            return new ConfigReview { IsValid = false, Faults = [syntax], Unknown = [], Effects = [] };
        }

        var places = JsonPlaces.Of(bytes);
        return ServiceCallConfig.TryParse(text, out var config, out var faults)
            ? new ConfigReview
            {
                IsValid = true,
                Faults = [],
                Unknown = [.. config.WithoutEffect.Select(part => At(places, part.Path, config.UnknownFields.Contains(part.Path) ? NotKnown(part.Path) : part.Problem)), .. PassedOver(config, places)],
                Effects = ConfigEffects.Of(config),
            }
            : new ConfigReview
            {
                IsValid = false,
                Faults = [.. faults.Select(fault => At(places, fault.Path, places.Has(fault.Path) ? fault.Problem : $"is missing; it {fault.Problem}"))],
                Unknown = [],
                Effects = [],
                Unregistered = faults is [{ Path: "loadBalancingConfig" }] ? NamesOfPolicies(bytes) : [],
            };
    }

    /// <returns>Empty when an entry is no policy, or one that is known.</returns>
    private static string[] NamesOfPolicies(byte[] bytes)
    {
        using var document = JsonDocument.Parse(bytes);
        var entries = document.RootElement.GetProperty("loadBalancingConfig");
        if (entries.ValueKind != JsonValueKind.Array || entries.EnumerateArray().Any(static entry => entry.ValueKind != JsonValueKind.Object))
        {
            return [];
        }

        string[] names = [.. entries.EnumerateArray().SelectMany(static entry => entry.EnumerateObject()).Select(static field => field.Name)];
        return Array.Exists(names, BalancingConfig.IsKnown) ? [] : names;
    }

    private static ConfigFault At(JsonPlaces places, string path, string problem)
    {
        var (line, column) = places.Find(path);
        return new ConfigFault(line, column, path, problem);
    }

    private static string NotKnown(string path)
    {
        var dot = path.LastIndexOf('.');
        var name = path[(dot + 1)..];
        var kind = string.Join('.', path[..Math.Max(dot, 0)].Split('.').Select(static part => part.Split('[')[0]));
        string[] places = [.. s_kinds.Values.Where(other => other.Fields.Contains(name)).Select(static other => other.Place)];
        return places.Length > 0 ? $"is not known here, and has no effect: it stands {string.Join(" or ", places)}"
            : s_kinds.TryGetValue(kind, out var own) && Suggestion.Nearest(name, own.Fields) is { } near ? $"is not known, and has no effect: did you mean '{near}'?"
            : "is not known, and has no effect: leave it out";
    }

    /// <summary>Policies in front of the one that is taken.</summary>
    private static IEnumerable<ConfigFault> PassedOver(ServiceCallConfig config, JsonPlaces places) => config.BalancingChoices
        .Select(static (choice, i) => (choice.Name, Path: $"loadBalancingConfig[{i}].{choice.Name}"))
        .TakeWhile(static choice => !BalancingConfig.IsKnown(choice.Name))
        .Select(choice => At(
            places,
            choice.Path,
            $"is no policy that this command knows, and passed over by callers that do not register it{(Suggestion.Nearest(choice.Name, [.. BalancingPolicies.Names]) is { } near ? $": did you mean '{near}'?" : "")}"));

    private static ConfigFault? SyntaxFault(byte[] bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes);
            return null;
        }
        catch (JsonException failure)
        {
            // The place is told in front.
            var words = failure.Message.Split(" LineNumber:")[0].TrimEnd('.');
            return new ConfigFault((int)(failure.LineNumber ?? 0) + 1, (int)(failure.BytePositionInLine ?? 0) + 1, "", $"is not JSON: {words}");
        }
    }
}
