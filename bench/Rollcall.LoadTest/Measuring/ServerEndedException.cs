using System.Globalization;

namespace Rollcall.LoadTest.Measuring;

/// <summary>A server ended before it told its address.</summary>
/// <param name="exitCode">What it ended with.</param>
internal sealed class ServerEndedException(int exitCode) : InvalidOperationException(
    string.Create(CultureInfo.InvariantCulture, $"The server ended with {exitCode} before it told its address."))
{
    public int ExitCode => exitCode;
}
