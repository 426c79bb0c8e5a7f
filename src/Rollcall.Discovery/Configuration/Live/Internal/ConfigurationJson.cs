using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace Rollcall.Discovery.Configuration.Live.Internal;

/// <summary>
/// Writes a section of the application's configuration as the JSON that it may have been. A configuration knows only texts: true and false are
/// written as such, numbers stay in quotes, and what has neither a value nor children is an empty object.
/// </summary>
internal static class ConfigurationJson
{
    /// <returns>Null: there is nothing.</returns>
    public static string? Write(IConfigurationSection section)
    {
        if (!section.Exists())
        {
            return null;
        }

        // The config's JSON as one text.
        if (section.Value is { } text && !section.GetChildren().Any())
        {
            return text;
        }

        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            Write(json, section);
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    private static void Write(Utf8JsonWriter json, IConfigurationSection section)
    {
        var children = section.GetChildren().ToList();
        if (children.Count > 0 && children.TrueForAll(static child => IsIndex(child.Key)))
        {
            json.WriteStartArray();
            foreach (var child in children.OrderBy(static child => int.Parse(child.Key, CultureInfo.InvariantCulture)))
            {
                Write(json, child);
            }

            json.WriteEndArray();
        }
        else if (children.Count > 0 || section.Value is null)
        {
            json.WriteStartObject();
            foreach (var child in children)
            {
                json.WritePropertyName(child.Key);
                Write(json, child);
            }

            json.WriteEndObject();
        }
        else if (section.Value.Length == 0)
        {
            // An empty list, too, comes as an empty text.
            json.WriteNullValue();
        }
        else if (bool.TryParse(section.Value, out var flag))
        {
            json.WriteBooleanValue(flag);
        }
        else
        {
            json.WriteStringValue(section.Value);
        }
    }

    private static bool IsIndex(string key) => int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out _);
}
