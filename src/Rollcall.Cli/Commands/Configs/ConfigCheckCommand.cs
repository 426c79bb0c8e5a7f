using System.CommandLine;
using Rollcall.Cli.Output;

namespace Rollcall.Cli.Commands.Configs;

/// <summary><c>rollcall config check FILE</c>: reads a service config as callers do, and asks nobody.</summary>
internal static class ConfigCheckCommand
{
    private const string Details = """
        Exit codes: 0 callers take it; 3 they take it, but pass over something in it;
        1 they refuse it, or the file can't be read.

        """;

    public static Command Create(Terminal terminal)
    {
        var file = new Argument<string>("FILE") { Description = "The file; - is standard input." };
        var json = CommonOptions.Json();
        var command = new DetailedCommand("check", "Read a service config as callers do, and name what is wrong with it, where, and what to do.", Details) { file, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var name = parsed.GetRequiredValue(file);
            var bytes = name == "-"
                ? await ValueSource.ReadAsync(terminal, name, null, cancellationToken)
                : await ValueSource.ReadFileAsync(name.StartsWith('@') ? name[1..] : name, null, cancellationToken);
            var review = ConfigReview.Of(bytes);
            if (parsed.GetValue(json))
            {
                await JsonText.WriteAsync(terminal.Output, review, CliJsonContext.Default.ConfigReview);
            }
            else
            {
                await WriteAsync(terminal.Output, name == "-" ? "The service config" : name, review);
            }

            return review.IsClean ? ExitCode.Success : review.IsValid ? ExitCode.Degraded : ExitCode.Failure;
        });
        return command;
    }

    /// <summary>The policies that decide whether callers take it.</summary>
    public static string Listed(ConfigReview review) => string.Join(" or ", review.Unregistered.Select(static name => $"'{name}'"));

    private static async Task WriteAsync(TextWriter output, string name, ConfigReview review)
    {
        await output.WriteLineAsync(PeerText.Printable(
            review.IsClean ? $"{name} is in order."
            : review.IsValid ? $"{name} is taken by callers, but not all of it has an effect."
            : $"{name} is refused by callers{(review.Unregistered is [] ? "" : $" that do not register {Listed(review)}")}."));
        foreach (var fault in review.Faults.Concat(review.Unknown))
        {
            await output.WriteLineAsync(PeerText.OneLine($"- {fault}"));
        }

        if (review.IsValid)
        {
            await output.WriteLineAsync("What callers do by it:");
            foreach (var effect in review.Effects)
            {
                await output.WriteLineAsync(PeerText.OneLine($"- {effect}"));
            }
        }
    }
}
