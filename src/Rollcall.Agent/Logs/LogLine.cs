using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Rollcall.Agent.Go;

namespace Rollcall.Agent.Logs;

/// <summary>One message, in the forms in which Consul streams it.</summary>
internal readonly record struct LogLine(DateTimeOffset At, LogLevel Level, string Module, string Message)
{
    public string ToText() => string.Create(
        CultureInfo.InvariantCulture, $"{At.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fff}Z {$"[{Name.ToUpperInvariant()}]",-7} {Module}: {Message}\n");

    public string ToJson()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = GoJsonEncoder.Instance }))
        {
            json.WriteStartObject();
            json.WriteString("@level"u8, Name);
            json.WriteString("@message"u8, Message);
            json.WriteString("@module"u8, Module);
            json.WriteString("@timestamp"u8, At.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture));
            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.ToArray()) + "\n";
    }

    private string Name => Level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Warning => "warn",
        LogLevel.Error or LogLevel.Critical => "error",
        _ => "info",
    };
}
