using Grpc.Core;

namespace Rollcall.Cli.Commands.Calls;

/// <summary>Reads headers as they are given: <c>name: value</c>, <c>name-bin: base64</c>, or <c>@FILE</c> with one of them a line.</summary>
internal static class HeaderReader
{
    /// <exception cref="CommandFailure">One is no header. Its value is not shown: it may be a secret.</exception>
    public static Metadata Read(IEnumerable<string> given)
    {
        var headers = new Metadata();
        foreach (var text in given)
        {
            if (!text.StartsWith('@'))
            {
                Add(headers, text, "--header");
                continue;
            }

            var number = 0;
            foreach (var line in ReadLines(text[1..]))
            {
                number++;
                if (!string.IsNullOrWhiteSpace(line))
                {
                    Add(headers, line, $"Line {number} of {text[1..]}");
                }
            }
        }

        return headers;
    }

    private static void Add(Metadata headers, string text, string where)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0)
        {
            throw new CommandFailure($"{where} has no 'name: value'.", ExitCode.Usage);
        }

        var (name, value) = (text[..colon].Trim(), text[(colon + 1)..].Trim());
        try
        {
            if (name.EndsWith(Metadata.BinaryHeaderSuffix, StringComparison.OrdinalIgnoreCase))
            {
                headers.Add(name, Convert.FromBase64String(value.PadRight((value.Length + 3) / 4 * 4, '=')));
            }
            else
            {
                headers.Add(name, value);
            }
        }
        catch (FormatException failure)
        {
            throw new CommandFailure($"{where}: the value of '{name}' is no base64, which a name that ends in -bin asks for.", ExitCode.Usage, failure);
        }
        catch (ArgumentException failure)
        {
            throw CommandFailure.Of(failure, ExitCode.Usage, $"{where}: ");
        }
    }

    private static string[] ReadLines(string file)
    {
        try
        {
            return File.ReadAllLines(GivenValue.Path(file, "--header @FILE"));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure($"--header @{file} cannot be read: {failure.Message}", ExitCode.Failure, failure);
        }
    }
}
