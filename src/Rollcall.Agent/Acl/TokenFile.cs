using System.Text.Json;
using Rollcall.Agent.Durability;

namespace Rollcall.Agent.Acl;

/// <summary>
/// The file of the tokens that an agent was given by its API, in the form of Consul's <c>acl-tokens.json</c>. It is replaced as a whole, so that there is always
/// the old one or the new one. Not thread safe.
/// </summary>
internal sealed class TokenFile(string directory)
{
    private const string Name = "acl-tokens.json";

    // In Consul's order.
    private static readonly string[] s_names = ["replication", "agent_master", "default", "agent"];

    private readonly string _path = Path.Combine(directory, Name);

    /// <summary>What it holds, by name.</summary>
    /// <exception cref="IOException">It can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    /// <exception cref="JsonException">It is damaged. The message does not repeat what it holds.</exception>
    public IReadOnlyDictionary<string, string> Read()
    {
        var tokens = new Dictionary<string, string>(StringComparer.Ordinal);
        if (!File.Exists(_path))
        {
            return tokens;
        }

        using var json = JsonDocument.Parse(File.ReadAllBytes(_path));
        if (json.RootElement.ValueKind != JsonValueKind.Object)
        {
            throw new JsonException("The file does not hold an object.");
        }

        foreach (var name in s_names)
        {
            if (json.RootElement.TryGetProperty(name, out var value))
            {
                tokens[name] = Text(value) ?? throw new JsonException($"\"{name}\" is no text.");
            }
        }

        return tokens;
    }

    /// <exception cref="IOException">It can't be written; the old one is there, unless only its name could not be kept.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written; the old one is there.</exception>
    public void Write(IReadOnlyDictionary<string, string> tokens)
    {
        DurableFile.Replace(_path, file =>
        {
            using var json = new Utf8JsonWriter(file);
            json.WriteStartObject();
            foreach (var name in s_names.Where(name => tokens.GetValueOrDefault(name, "").Length > 0))
            {
                json.WriteString(name, tokens[name]);
            }

            json.WriteEndObject();
        });
    }

    /// <summary>Deletes copies of it that were not yet in its place when an agent was killed. Only while the directory is this agent's alone.</summary>
    /// <exception cref="IOException">One can't be deleted.</exception>
    /// <exception cref="UnauthorizedAccessException">One may not be deleted.</exception>
    public void DeleteLeftOvers() => DurableFile.DeleteLeftOvers(_path);

    private static string? Text(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair, which is well-formed JSON.
            return null;
        }
    }
}
