namespace Rollcall.Agent.Hcl;

/// <summary>The text is no HCL. Never leaves <see cref="HclReader"/>.</summary>
/// <param name="at">Where.</param>
/// <param name="message">What is wrong there.</param>
internal sealed class HclSyntaxException(int at, string message) : Exception(message)
{
    public int At => at;
}
