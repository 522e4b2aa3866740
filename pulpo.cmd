@echo off
rem Pulpo's commands from the source tree on Windows:  .\pulpo token create --user owner   (.\pulpo --help lists all)
rem Needs Deno 2.9, or Node.js (npx fetches Deno), or the compiled file in dist\. Paths are those of the folder you stand in.
setlocal
set "ROOT=%~dp0"
set "RUN=run -A --no-prompt --quiet --config "%ROOT%deno.json" "%ROOT%main.ts""
where deno >nul 2>nul || goto npx
deno eval "const [a, b] = Deno.version.deno.split('.').map(Number); Deno.exit(a > 2 || a === 2 && b >= 9 ? 0 : 1)" >nul 2>nul || goto npx
deno %RUN% %*
exit /b %ERRORLEVEL%

:npx
where npx >nul 2>nul || goto compiled
call npx -y deno@2.9.6 %RUN% %*
exit /b %ERRORLEVEL%

:compiled
if not exist "%ROOT%dist\pulpo.exe" goto none
"%ROOT%dist\pulpo.exe" %*
exit /b %ERRORLEVEL%

:none
echo Pulpo needs one of these: 1>&2
echo   - Deno 2.9 or newer     https://docs.deno.com/runtime/getting_started/installation/ 1>&2
echo   - Node.js with npx      https://nodejs.org/ 1>&2
echo   - the compiled file     dist\pulpo.exe 1>&2
exit /b 1
