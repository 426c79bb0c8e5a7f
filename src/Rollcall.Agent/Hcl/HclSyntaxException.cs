namespace Rollcall.Agent.Hcl;

/// <summary>The text is no HCL. Never leaves what reads and lays out such text.</summary>
/// <param name="at">Where.</param>
/// <param name="message">What is wrong there.</param>
internal sealed class HclSyntaxException(int at, string message) : Exception(message)
{
    public int At => at;
}
